"""Ways back from the provider that connected nothing: each with what was expected, what came and what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.utils.translation import gettext as _

from integrations.errors import IntegrationError

from .steps.types import Mismatch, admin, you

DECLINED = "access_denied"


@dataclass(frozen=True, slots=True)
class Return:
    """`is_harmless`: somebody only changed their mind.

    `is_of_session`: Lever remembers who is signed in there, and would answer a second press the same.
    """

    title: str
    mismatch: Mismatch
    is_harmless: bool = False
    is_of_session: bool = False


def without_code(error: str) -> Return:
    """`error` comes from the address, so it is compared and never shown."""
    return _declined() if error == DECLINED else _error_instead()


def refused(error: IntegrationError, site: str = "") -> Return:
    """`site` is the job site of the account that is connected, where there is one."""
    known: dict[str, Callable[[], Return]] = {
        "oauth.state_unknown": _unknown_way_back,
        "oauth.other_account": partial(_other_account, site),
        "oauth.account_taken": _account_taken,
        "lever.no_refresh_token": _one_hour_only,
        "lever.code_refused": _code_refused,
    }
    tell = known.get(error.code)
    return tell() if tell else _unexpected(str(error.message))


def _declined() -> Return:
    return Return(
        _("You cancelled: nothing was changed"),
        Mismatch(
            _("Accept pressed below Lever's list of permissions"),
            _("the permissions were declined"),
            admin(),
            _(
                "Press “Authorize Lever” and click Accept in Lever. Are you no Super Admin? Send the step to one: its "
                "page has a field for that."
            ),
        ),
        is_harmless=True,
    )


def _error_instead() -> Return:
    return Return(
        _("Lever was not authorized"),
        Mismatch(
            _("Lever's answer that the permissions were accepted"),
            _("Lever reported an error instead of an answer"),
            admin(),
            _(
                "Press “Authorize Lever” once more, signed in to Lever as a Super Admin. If it comes again, tell "
                "Appcast Customer Success."
            ),
        ),
    )


def _unknown_way_back() -> Return:
    return Return(
        _("This answer from Lever cannot be used"),
        Mismatch(
            _("the answer to your last “Authorize Lever”, within ten minutes and in the same browser"),
            _(
                "one that was used already, is older than ten minutes, or began in another browser; nothing was changed"
            ),
            you(),
            _(
                "Did you press the browser's back button? Go to the checklist: it may be done. Otherwise press "
                "“Authorize Lever” once more."
            ),
        ),
    )


def _other_account(site: str) -> Return:
    return Return(
        _("This is another Lever account than before"),
        Mismatch(
            _("the Lever account that was connected first: “%(site)s”") % {"site": site}
            if site
            else _("the Lever account that was connected first"),
            _("another Lever account; nothing was changed"),
            admin(),
            _("Is the new account right? Then ask Appcast Customer Success to change it."),
        ),
        is_of_session=True,
    )


def _account_taken() -> Return:
    return Return(
        _("This Lever account is connected already"),
        Mismatch(
            _("a Lever account that no other company uses here"),
            _("one that is already connected to another company here; nothing was changed"),
            _("Appcast Customer Success"),
            _("Are you signed in to Lever with the right account? If so, ask Appcast Customer Success."),
        ),
        is_of_session=True,
    )


def _one_hour_only() -> Return:
    return Return(
        _("Lever allowed access for one hour only"),
        Mismatch(
            _("the permission to stay connected (offline_access)"),
            _("a consent without it; nothing was changed"),
            admin(),
            _(
                "Press “Authorize Lever” once more and accept all permissions. If it comes again, tell "
                "Appcast Customer Success."
            ),
        ),
    )


def _code_refused() -> Return:
    return Return(
        _("Lever did not take this sign-in"),
        Mismatch(
            _("a sign-in that Lever confirms"),
            _("Lever did not take this sign-in: it was too slow or was used already"),
            you(),
            _("Press “Authorize Lever” once more."),
        ),
    )


def _unexpected(message: str) -> Return:
    return Return(
        _("Lever was not authorized"),
        Mismatch(
            _("Lever's confirmation of the sign-in"),
            message,
            you(),
            _(
                "Press “Authorize Lever” once more in a few minutes. If it comes again, tell Appcast Customer Success."
            ),
        ),
    )
