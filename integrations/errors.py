"""The six ways in which a call to the outside goes wrong, each with one reaction.

| class | reaction |
|---|---|
| TransientError | nothing happened at the other side: try again later |
| RateLimitedError | nothing happened: try again at the stated time, and slow this tenant |
| AuthorizationError | pause the connection and ask the customer to authorize again |
| ConfigurationError | a setting of the customer or of CS must change first |
| RejectedError | the other side said a final no to this one item; NotFoundError, that there is none |
| UnconfirmedError | it may have happened: look before sending again |

`code` is stable and stands in the runbook, `message` may be shown to a customer, `detail` is for staff and
never holds a secret or an applicant's data. `http_status` is what the other side answered, where it did.
"""

from datetime import timedelta

from tenants.phrases import Phrase


class IntegrationError(Exception):
    """Base of the six; raise a child."""

    def __init__(self, code: str, message: str | Phrase, detail: str = "") -> None:
        self.code = code
        self.message = Phrase.of(message)
        super().__init__(f"{code}: {self.message.english}")
        self.detail = detail
        self.http_status: int | None = None


class TransientError(IntegrationError):
    pass


class RateLimitedError(IntegrationError):
    def __init__(
        self, code: str, message: str | Phrase, detail: str = "", retry_after: timedelta | None = None
    ) -> None:
        super().__init__(code, message, detail)
        self.retry_after = retry_after


class AuthorizationError(IntegrationError):
    pass


class ConfigurationError(IntegrationError):
    pass


class RejectedError(IntegrationError):
    pass


class NotFoundError(RejectedError):
    """Not there at all, rather than kept from us."""


class UnconfirmedError(IntegrationError):
    pass
