"""What an archive reason means, asked of those that candidates were archived for and that we do not know."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from integrations.services.archive_reasons import CHOICES, Undecided

from .forms import CONVERSION_LABELS, NOT_REPORTED, NOTHING


class ReasonForm(forms.Form):
    """`page_of` gives the address of a candidate in the ATS, which is where the reason's name can be seen."""

    def __init__(
        self, undecided: Sequence[Undecided], page_of: Callable[[str], str], data: Any = None
    ) -> None:
        super().__init__(data, prefix="reason")
        for it in undecided:
            self.fields[it.external_id] = _field(it, page_of(it.opportunity_external_id))

    @property
    def decisions(self) -> dict[str, str]:
        """Of those that were chosen; the rest can wait."""
        chosen = {reason: choice for reason, choice in self.cleaned_data.items() if choice}
        return {reason: "" if choice == NOT_REPORTED else choice for reason, choice in chosen.items()}


def _field(undecided: Undecided, page: str) -> forms.ChoiceField:
    candidate = format_html(
        '<a href="{}" rel="noreferrer">{}</a>', page, _("See one of these candidates in Lever")
    )
    return forms.ChoiceField(
        label=format_html('{} <code translate="no">{}</code>', _("Archive reason"), undecided.external_id),
        required=False,
        choices=[
            ("", _("Decide later")),
            *((it.value, CONVERSION_LABELS[it]) for it in CHOICES),
            (NOT_REPORTED, NOTHING),
        ],
        help_text=candidate if page else "",
    )
