"""Whom to ask for what: to run the set-up, to do all of it, or some steps."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from tenants.invitations import Invitee
from tenants.models import Membership, User
from tenants.models.invitations import LONGEST_MESSAGE

from .meanwhile import SeenField, SeenForm
from .steps import BY_KEY, STEPS

HELPER = "helper"
PLACES = [
    (Membership.Role.OWNER, _("Runs the set-up: does every step, invites people, pauses and ends")),
    (Membership.Role.MEMBER, _("Does every step, and invites nobody")),
    (HELPER, _("Helps with the steps marked below, and sees nothing else")),
]


def email_field(label: StrOrPromise) -> forms.EmailField:
    return forms.EmailField(
        label=label,
        max_length=254,
        error_messages={
            "required": _("Give your colleague's e-mail address."),
            "invalid": _("Expected an e-mail address, such as kim@example.com."),
        },
    )


def message_field() -> forms.CharField:
    """One sentence: what is pasted over several lines becomes one."""
    return forms.CharField(
        label=_("What they should know"),
        required=False,
        max_length=LONGEST_MESSAGE,
        help_text=_("A sentence of yours. The e-mail quotes it, with your name."),
    )


class InvitationForm(forms.Form):
    """Whom to invite, with a sentence of the inviter's."""

    email = email_field(_("Their e-mail address"))
    message = message_field()

    def __init__(self, inviter: User, data: Any = None) -> None:
        super().__init__(data)
        self.inviter = inviter

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if email == self.inviter.email:
            raise ValidationError(
                gettext("Expected somebody else's e-mail address; this is yours, and you are here already.")
            )
        return email


class ColleagueForm(InvitationForm):
    """Whom to ask for one step."""

    email = email_field(_("Your colleague's e-mail address"))

    def __init__(self, step_key: str, inviter: User, data: Any = None) -> None:
        super().__init__(inviter, data)
        self.step = BY_KEY[step_key]

    def invitee(self) -> Invitee:
        given = self.cleaned_data
        return Invitee(given["email"], Membership.Role.MEMBER, (self.step.key,), given["message"])


class PlaceForm(forms.Form):
    """What somebody may do."""

    place = forms.ChoiceField(
        label=_("Their place here"),
        choices=PLACES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what they may do.")},
    )
    steps = forms.MultipleChoiceField(
        label=_("Which steps"),
        choices=[(step.key, step.title) for step in STEPS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("place") == HELPER and not given.get("steps"):
            self.add_error("steps", ValidationError(gettext("Choose at least one step.")))
        return given

    @property
    def role(self) -> str:
        place: str = self.cleaned_data["place"]
        return Membership.Role.MEMBER if place == HELPER else place

    @property
    def chosen_steps(self) -> tuple[str, ...]:
        return tuple(self.cleaned_data["steps"]) if self.cleaned_data["place"] == HELPER else ()


class InviteForm(InvitationForm, PlaceForm):
    field_order = ["email", "place", "steps", "message"]

    def invitee(self) -> Invitee:
        given = self.cleaned_data
        return Invitee(given["email"], self.role, self.chosen_steps, given["message"])


class ChangeForm(SeenForm, PlaceForm):
    """What a member may do from now on."""

    step = ""

    def __init__(self, membership: Membership, data: Any = None) -> None:
        place = HELPER if membership.steps else membership.role
        super().__init__(data, initial={"place": place, "steps": membership.steps})
        self.fields["seen"] = SeenField((membership.role, membership.steps))
