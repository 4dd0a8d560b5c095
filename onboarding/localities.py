"""Countries and languages for whose applicants a link may stand, by name in the reader's own language.

A country is told by its code in capitals, a language by its code in small letters. What customers once typed instead
is kept, and told as they typed it.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache

from babel import Locale
from django.conf.locale import LANG_INFO
from django.utils.translation import get_language, gettext

from integrations.appcast.countries import CODES

LANGUAGES = frozenset(code.partition("-")[0] for code in LANG_INFO)
Choice = tuple[str, str]
Group = tuple[str, list[Choice]]


def name_of(scope: str) -> str:
    names = _reader().territories if scope in CODES else _reader().languages
    return str(names.get(scope, scope))


def is_offered(scope: str) -> bool:
    return scope in CODES or scope in LANGUAGES


def choices() -> list[Group]:
    countries, languages = _named(get_language() or "en")
    return [(gettext("Languages"), languages), (gettext("Countries"), countries)]


def _reader() -> Locale:
    return Locale.parse(get_language() or "en", sep="-")


@cache
def _named(_language: str) -> tuple[list[Choice], list[Choice]]:
    """Of the active language, which is named so that each is kept."""
    return _sorted(CODES), _sorted(LANGUAGES)


def _sorted(scopes: Iterable[str]) -> list[Choice]:
    return sorted(((scope, name_of(scope)) for scope in scopes), key=lambda choice: _letters(choice[1]))


def _letters(name: str) -> str:
    """An accent does not move a name."""
    apart = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).casefold()
