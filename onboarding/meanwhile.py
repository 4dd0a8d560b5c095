"""Two tabs, two colleagues: a form says which facts its page showed, and does not overwrite newer ones."""

from hashlib import sha256
from typing import Any

from django import forms
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .trail import last_acts


class SeenField(forms.CharField):
    """Hidden. Refused, in the tenant's scope, once the facts are others; the page that says so shows the new ones.

    `facts` are told apart by their text; who changed them is the last who acted on the step.
    """

    widget = forms.HiddenInput

    def __init__(self, facts: object, step: str) -> None:
        self.step = step
        self.current = sha256(repr(facts).encode()).hexdigest()[:32]
        super().__init__(required=False, initial=self.current)

    def bound_data(self, data: Any, initial: Any) -> Any:
        return self.current

    def clean(self, value: Any) -> Any:
        if value and value != self.current:
            act = last_acts().get(self.step)
            told = (
                {"act": act, "ago": naturaltime(act.at)} if act else {"act": _("it was changed"), "ago": ""}
            )
            raise ValidationError(
                _(
                    "Since you opened this page: %(act)s %(ago)s. What you chose is still here. Compare it with what "
                    "holds now, and press the button again to keep yours."
                ),
                params=told,
            )
        return value
