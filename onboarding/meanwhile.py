"""Two tabs, two colleagues: a form says which facts its page showed, and does not overwrite newer ones."""

from hashlib import sha256
from typing import Any

from django import forms
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.core.signing import BadSignature, Signer
from django.utils import timezone
from django.utils.translation import gettext as _

from .trail import last_acts

SIGNER = Signer(salt="onboarding.meanwhile")


class SeenField(forms.CharField):
    """Hidden: which facts the page showed, told apart by their text, and when; shown again, it is of the new ones."""

    widget = forms.HiddenInput

    def __init__(self, facts: object) -> None:
        self.facts = sha256(repr(facts).encode()).hexdigest()[:32]
        self.shown = SIGNER.sign_object([self.facts, timezone.now().timestamp()])
        super().__init__(required=False, initial=self.shown)

    def bound_data(self, data: Any, initial: Any) -> Any:
        return self.shown

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class SeenForm(forms.Form):
    """Refused where other facts hold now than the page showed, unless it asks for just these.

    `step` is the page's key, or empty where it is no step's.
    """

    step: str

    def clean(self) -> dict[str, Any]:
        """In the tenant's scope."""
        cleaned = super().clean() or {}
        if self.has_changed() and (changed := self._changed_since()) is not None:
            self.add_error(None, changed)
        return cleaned

    def _changed_since(self) -> str | None:
        field = self.fields["seen"]
        assert isinstance(field, SeenField)
        try:
            facts, shown_at = SIGNER.unsign_object(self.data.get(self.add_prefix("seen"), ""))
        except BadSignature:
            return None
        return None if facts == field.facts else _told(self.step, shown_at)


def _told(step: str, shown_at: float) -> str:
    """By whom, where a person did it; what is read from the account changes too."""
    act = last_acts().get(step)
    if act is None or act.at.timestamp() < shown_at:
        return _(
            "Since you opened this page something changed. What you chose is still here: compare it with what holds "
            "now, and press the button again to keep yours."
        )
    return _(
        "Since you opened this page: %(act)s, %(ago)s. What you chose is still here: compare it with what holds "
        "now, and press the button again to keep yours."
    ) % {"act": act, "ago": naturaltime(act.at)}
