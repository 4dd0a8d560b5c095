"""What customers type, checked; each form owns its parsing and its sentences."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integrations.errors import ConfigurationError
from integrations.models import Pipeline
from integrations.services import feeds, stages
from integrations.services.stages import Suggestion
from integrations.types import FeedUrl

from .meanwhile import SeenField, SeenForm

NOT_REPORTED = "not_reported"
NOTHING = _("Not reported")
CONVERSION_LABELS = {
    "application_received": _("Application received"),
    "reviewed": _("Reviewed"),
    "contacted": _("Contacted"),
    "assessment": _("Assessment"),
    "interview": _("Interview"),
    "offer": _("Offer"),
    "background_check": _("Background check"),
    "hired": _("Hired"),
    "rejected": _("Rejected"),
    "declined": _("Declined by the candidate"),
    "withdrawn": _("Withdrawn by the candidate"),
}


class FeedForm(SeenForm):
    """`used` is the address that holds, which two colleagues may change at once."""

    step = "feed"

    url = forms.CharField(
        label=_("Job posting feed URL"),
        max_length=2000,
        error_messages={
            "required": _("Paste the address that Lever copied, or confirm the one that we found.")
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
    )

    def __init__(self, used: str, data: Any = None) -> None:
        super().__init__(data)
        self.used = used
        self.fields["seen"] = SeenField(used)

    def has_changed(self) -> bool:
        """What is used already was asked for once more."""
        given = self.cleaned_data.get("url")
        return given is not None and given.url != self.used

    def clean_url(self) -> FeedUrl:
        try:
            return feeds.understand(self.cleaned_data["url"])
        except ConfigurationError as error:
            raise ValidationError(str(error.message), code=error.code) from None


class SecretForm(forms.Form):
    """One signature token; what was pasted is never sent back to the page."""

    secret = forms.CharField(
        label=_("Signature token"),
        max_length=400,
        error_messages={"required": _("Paste the signature token that Lever shows for this event.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


class TableForm(forms.Form):
    table = forms.CharField(
        label=_("Stage names and ids"),
        max_length=60_000,
        error_messages={"required": _("Paste the stages, one in a line: its name and its id.")},
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
    )


class MappingForm(SeenForm):
    """One choice per stage of all workflows; what is preselected is a proposal by the stage's name."""

    step = "stages"

    def __init__(self, pipelines: Sequence[Pipeline], data: Any = None) -> None:
        super().__init__(data, prefix="stage")
        self._suggestions = list(zip(pipelines, stages.all_suggestions(pipelines), strict=True))
        self.fields["seen"] = SeenField([found for _pipeline, found in self._suggestions])
        for _pipeline, suggestions in self._suggestions:
            for suggestion in suggestions:
                self.fields[suggestion.external_id] = _mapping_field(suggestion)

    @property
    def workflows(self) -> list[tuple[Pipeline, list[forms.BoundField], int]]:
        """A stage that several workflows share is asked in the first of them; the others count it as shared."""
        asked: set[str] = set()
        return [
            (pipeline, fields, len(found) - len(fields))
            for pipeline, found in self._suggestions
            for fields in [self._unasked(found, asked)]
        ]

    @property
    def decided(self) -> list[tuple[Pipeline, list[tuple[Suggestion, str]]]]:
        """What holds now, for the workflows that are confirmed."""
        return [
            (
                pipeline,
                [(it, str(CONVERSION_LABELS.get(it.conversion, NOTHING))) for it in found if it.is_decided],
            )
            for pipeline, found in self._suggestions
            if pipeline.confirmed_at
        ]

    def decisions_for(self, pipeline: Pipeline) -> dict[str, str]:
        suggestions = next(found for it, found in self._suggestions if it.pk == pipeline.pk)
        choices = {it.external_id: self.cleaned_data[it.external_id] for it in suggestions}
        return {key: "" if choice == NOT_REPORTED else choice for key, choice in choices.items()}

    def _unasked(self, suggestions: list[Suggestion], asked: set[str]) -> list[forms.BoundField]:
        new = [it.external_id for it in suggestions if it.external_id not in asked]
        asked.update(new)
        return [self[external_id] for external_id in new]


def _mapping_field(suggestion: Suggestion) -> forms.ChoiceField:
    proposed = suggestion.conversion or NOT_REPORTED
    return forms.ChoiceField(
        label=format_html('<span translate="no">{}</span>', suggestion.name),
        choices=[(NOT_REPORTED, NOTHING), *CONVERSION_LABELS.items()],
        initial=proposed,
        help_text="" if suggestion.is_decided else _("Proposed by its name"),
        error_messages={
            "required": gettext("Choose what “%(name)s” means, or “Not reported”.")
            % {"name": suggestion.name}
        },
    )


class LiveRequestForm(forms.Form):
    note = forms.CharField(
        label=_("Anything that Customer Success should know"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
