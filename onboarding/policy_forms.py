"""What customers say about privacy policy and terms, checked: needed or not, and a link for whom."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from integrations.addresses import understand
from integrations.errors import ConfigurationError

from . import localities
from .meanwhile import SeenField, SeenForm
from .models.policies import PolicyKind
from .policies import Statement

MOST_LINKS = 20
SPARE_LINKS = 2
LONGEST_LINK = 500
WITHOUT_SCHEME = re.compile(r"[\w-]+(\.[\w-]+)+([/?#]\S*)?")
QUESTIONS = {
    PolicyKind.PRIVACY: _("Must a link to your privacy policy stand on the application forms?"),
    PolicyKind.TERMS: _("Must a link to your terms and conditions stand on the application forms?"),
}
FOR_EVERYBODY = {
    PolicyKind.PRIVACY: _("Link to your privacy policy, for everybody"),
    PolicyKind.TERMS: _("Link to your terms and conditions, for everybody"),
}
UNSAID = {
    PolicyKind.PRIVACY: _("Say whether a link to your privacy policy is needed."),
    PolicyKind.TERMS: _("Say whether a link to your terms and conditions is needed."),
}
MISSING = {
    PolicyKind.PRIVACY: _("Give the address of your privacy policy, beginning with https://."),
    PolicyKind.TERMS: _("Give the address of your terms and conditions, beginning with https://."),
}
Row = tuple[forms.BoundField, forms.BoundField]


class LinkField(forms.CharField):
    """`is_conditional`: required as soon as the answer above it is yes, so that the page does not call it optional."""

    def __init__(self, label: str | StrPromise, *, is_conditional: bool = False) -> None:
        attributes = {"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}
        super().__init__(label=label, required=False, widget=forms.TextInput(attrs=attributes))
        self.is_conditional = is_conditional

    def to_python(self, value: Any) -> str:
        """Addresses are typed as they are spoken, without https://."""
        url = str(super().to_python(value) or "")
        return f"https://{url}" if WITHOUT_SCHEME.fullmatch(url) else url


class PolicyForm(SeenForm):
    """Needed or not; where needed, a link for everybody and more of them, each for one country or language."""

    step = "policies"

    is_needed = forms.TypedChoiceField(
        choices=[("yes", _("Yes, a link is needed")), ("no", _("No, no link is needed"))],
        coerce=lambda choice: choice == "yes",
        widget=forms.RadioSelect,
    )

    def __init__(self, kind: PolicyKind, data: Any = None, stated: Statement | None = None) -> None:
        others = [link for link in stated.links if link[0]] if stated else []
        super().__init__(data, prefix=kind.value, initial=_initial(stated, others))
        self.kind = kind
        self._kept = [scope for scope, _url in others]
        self._size = min(max(len(others) + SPARE_LINKS, self._sent()), MOST_LINKS)
        self.fields["seen"] = SeenField(stated)
        self.fields["is_needed"].label = QUESTIONS[kind]
        self.fields["is_needed"].error_messages["required"] = UNSAID[kind]
        self.fields["url"] = LinkField(FOR_EVERYBODY[kind], is_conditional=True)
        for number in range(self._size):
            self._add_row(number)

    @property
    def rows(self) -> list[Row]:
        return [(self[f"scope_{number}"], self[f"link_{number}"]) for number in range(self._size)]

    @property
    def has_rows(self) -> bool:
        return any(field.value() for row in self.rows for field in row)

    @property
    def statement(self) -> Statement:
        if not self.cleaned_data["is_needed"]:
            return Statement(self.kind, is_needed=False)
        return Statement(
            self.kind, is_needed=True, links=[("", self.cleaned_data["url"]), *self.cleaned_data["more"]]
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["url"] = self._checked("url")
        cleaned["more"] = self._others()
        if cleaned.get("is_needed") and not cleaned["url"] and not self.errors:
            self.add_error("url", MISSING[self.kind])
        return cleaned

    def _sent(self) -> int:
        """How many rows the page had."""
        return next(
            (n for n in range(MOST_LINKS) if self.add_prefix(f"link_{n}") not in self.data), MOST_LINKS
        )

    def _add_row(self, number: int) -> None:
        values = {"number": number + 1}
        choices = self._choices_of_kept(number) if self._is_kept(number) else _choices()
        self.fields[f"scope_{number}"] = forms.ChoiceField(
            label=gettext("%(number)d. Country or language") % values, choices=choices, required=False
        )
        self.fields[f"link_{number}"] = LinkField(gettext("%(number)d. Its link") % values)

    def _is_kept(self, number: int) -> bool:
        return number < len(self._kept)

    def _choices_of_kept(self, number: int) -> list[Any]:
        """It stays, whatever was once typed for it, or goes: another one takes a new row.

        A page that shows older rows may have sent another one here, which is not lost.
        """
        kept, sent = self._kept[number], self.data.get(self.add_prefix(f"scope_{number}"), "")
        scopes = dict.fromkeys([kept, *([sent] if localities.is_offered(sent) else [])])
        named = [(scope, localities.name_of(scope)) for scope in scopes]
        return [*named, ("", gettext("No link of its own any more"))]

    def _others(self) -> Sequence[tuple[str, str]]:
        links: dict[str, str] = {}
        for number in range(self._size):
            scope = self.cleaned_data.get(f"scope_{number}", "")
            if self._is_kept(number) and not scope:
                continue
            url = self._checked(f"link_{number}")
            if not self.errors.keys().isdisjoint({f"scope_{number}", f"link_{number}"}):
                continue
            if complaint := _complaint(scope, url, links):
                self.add_error(f"link_{number}" if scope else f"scope_{number}", complaint)
            elif scope:
                links[scope] = url
        return list(links.items())

    def _checked(self, name: str) -> str:
        """The address in this field, or "" where it is none."""
        url = str(self.cleaned_data.get(name, "")).strip()
        try:
            return _checked(url) if url else ""
        except ValidationError as error:
            self.add_error(name, error)
            return ""


def _choices() -> list[Any]:
    return [("", gettext("Choose a country or language")), *localities.choices()]


def _initial(stated: Statement | None, others: Sequence[tuple[str, str]]) -> dict[str, str]:
    if stated is None:
        return {}
    rows = {
        f"{name}_{number}": value
        for number, row in enumerate(others)
        for name, value in zip(("scope", "link"), row, strict=True)
    }
    needed = "yes" if stated.is_needed else "no"
    return {"is_needed": needed, "url": dict(stated.links).get("", ""), **rows}


def _complaint(scope: str, url: str, links: Mapping[str, str]) -> str:
    name = localities.name_of(scope)
    if url and not scope:
        return gettext("Choose the country or language for which “%(url)s” stands.") % {"url": url[:80]}
    if scope and not url:
        return gettext("Give the address for “%(name)s”, beginning with https://.") % {"name": name}
    if scope in links:
        told = gettext("Expected one link for each country or language; “%(name)s” has several.")
        return told % {"name": name}
    return ""


def _checked(url: str) -> str:
    try:
        understand(url)
    except ConfigurationError as error:
        told = gettext("%(why)s You gave “%(url)s”.") % {"why": error.message, "url": url[:80]}
        raise ValidationError(told, code=error.code) from None
    if len(url) > LONGEST_LINK:
        told = gettext("Expected at most %(most)d characters; this address has %(count)d.")
        raise ValidationError(told % {"most": LONGEST_LINK, "count": len(url)})
    return url
