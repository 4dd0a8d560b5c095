"""Why a delivery rests, in plain words, and what helps. The codes stand in the runbook."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from integrations.models import Delivery


@dataclass(frozen=True, slots=True)
class Reason:
    """`remedy` tells staff what to press, `next` the customer what happens; `step` is where a customer mends it."""

    title: StrOrPromise
    remedy: str
    next: StrOrPromise
    step: str = ""


STAFF_LOOK = _("Appcast Customer Success looks at it. Nothing for you to do.")
FORM_CHANGED = Reason(
    _("The application does not fit the job's form any more"),
    "The customer changes the question in Lever back, or makes it optional. Then press “Send again”.",
    _(
        "Change the question back in Lever, or make it optional. Then Appcast Customer Success sends it again."
    ),
    "forms",
)
REASONS = {
    "delivery.unconfirmed": Reason(
        _("It may have arrived in Lever"),
        "Search for the candidate in Lever, or ask the customer to. Press “It arrived” if the application is there, "
        "else “Send again”.",
        _("Lever did not answer, and we may not look there. Appcast Customer Success may ask you to look."),
    ),
    "delivery.unsupported_question_type": Reason(
        _("The job's form has a question that Appcast Apply cannot ask"),
        "The customer removes the question, or asks it as text or as a choice. Then press “Send again”.",
        _(
            "Remove the question from the job's form. Then Appcast Customer Success sends the application again."
        ),
        "forms",
    ),
    **dict.fromkeys(
        (
            "delivery.required_missing",
            "delivery.option_unknown",
            "delivery.one_answer_expected",
            "delivery.unknown_question",
            "delivery.consent_missing",
        ),
        FORM_CHANGED,
    ),
    "delivery.crashes": Reason(
        _("It broke our worker"),
        "Tell the engineers, with the number of this delivery. Once it is mended, press “Send again”.",
        STAFF_LOOK,
    ),
    "lever.scope_missing": Reason(
        _("Lever does not allow us to hand it in"),
        "A Super Admin of the customer authorizes Lever again with all permissions. Then press “Send again”.",
        _(
            "A Super Admin authorizes Lever again with all permissions. Then Appcast Customer Success sends it again."
        ),
        "authorize",
    ),
    "lever.not_found": Reason(
        _("Lever does not know the job any more"),
        "If the job is published again, press “Send again”. Else nothing can be done.",
        _(
            "Publish the job again in Lever if you want the application. Then ask Appcast Customer Success to send it."
        ),
    ),
    "lever.refused": Reason(
        _("Lever refused it"),
        "Read what Lever answered. Once what it names is mended, press “Send again”.",
        STAFF_LOOK,
    ),
    "application.erased": Reason(
        _("Its personal data were erased before it was delivered"),
        "Nothing: there is nothing left to deliver.",
        _("There is nothing left to deliver."),
    ),
}


def reason_of(delivery: Delivery) -> Reason:
    return named(delivery.error_code, str(delivery.error_message))


def named(code: str, message: str = "") -> Reason:
    """One that the catalogue does not know is told by what was said when it happened."""
    return REASONS.get(code) or Reason(
        message or code,
        "Read what the last try met with. Once it is mended, press “Send again”.",
        STAFF_LOOK,
    )
