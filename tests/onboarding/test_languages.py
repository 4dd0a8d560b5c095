"""Whatever a customer reads goes through the catalogue: in a language of brackets, nothing stands outside of them."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from lxml import html
from pytest_django import Settings

from dev.messages import LOCALES, read
from onboarding import localities
from onboarding.problems import KINDS
from tenants.models import Tenant, User
from tests.people import browser_of

from .pages import STEP_KEYS, text, url
from .rows import make_ready
from .test_pages import in_trouble, live

pytestmark = pytest.mark.django_db
CATALOGUE = Path("de") / "LC_MESSAGES" / "django"
READ_ALOUD = ("alt", "aria-label", "placeholder", "title", "data-done", "data-confirm")
PAGES = ("checklist", *STEP_KEYS, "people", "leave", "setup")
# Programs; times, which Django tells; ids and addresses; Lever's screens as they are drawn.
UNSPOKEN = {"script", "style", "head", "time", "code", "text"}
LETTERS = re.compile(r"[^\W\d_]{2,}")


@pytest.fixture
def brackets(settings: Settings, tmp_path: Path) -> None:
    """German is a language of which every message is the English one in brackets."""
    told = Catalog(locale="de")
    for message in read(LOCALES / CATALOGUE.with_suffix(".po")):
        if isinstance(message.id, str):
            string: str | tuple[str, ...] = f"⟦{message.id}⟧"
        else:
            string = tuple(f"⟦{form}⟧" for form in message.id)
        if message.id:
            told.add(message.id, string, context=message.context)
    compiled = (tmp_path / CATALOGUE).with_suffix(".mo")
    compiled.parent.mkdir(parents=True)
    with compiled.open("wb") as file:
        write_mo(file, told)
    settings.LOCALE_PATHS = [tmp_path]


@pytest.fixture
def reader(alice: User, brackets: None) -> Client:
    alice.language = "de"
    alice.save()
    return browser_of(alice)


def nothing(tenant: Tenant) -> None:
    """As it was made."""


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("state", [nothing, make_ready, live, in_trouble])
def test_every_text_of_a_page_is_of_the_catalogue(
    reader: Client, northwind: Tenant, state: Callable[[Tenant], None], page: str
) -> None:
    state(northwind)
    shown = text(reader.get(url(page, northwind)))
    assert "⟦" in shown
    assert set(outside(shown)) <= named_by_cldr()


@pytest.mark.usefixtures("brackets")
def test_every_problem_and_every_status_is_of_the_catalogue() -> None:
    """Which pages and messages name, whatever a test brings about."""
    with override("de"):
        kinds = [str(said) for kind in KINDS.values() for said in (kind.title, kind.action) if said]
        said = [*kinds, *(str(it.label) for it in Tenant.Status)]
    assert [it for it in said if not it.startswith("⟦")] == []


def named_by_cldr() -> set[str]:
    """Countries and languages."""
    with override("de"):
        return {" ".join(name.split()) for _, group in localities.choices() for _, name in group}


def outside(page: str) -> Iterator[str]:
    """What of the page's text stands in no brackets, but for names that are the same in every language."""
    depth = 0
    for said in texts(html.document_fromstring(page)):
        bare = ""
        for letter in said:
            depth += (letter == "⟦") - (letter == "⟧")
            bare += letter if depth == 0 else " "
        if LETTERS.search(bare):
            yield " ".join(bare.split())


def texts(element: html.HtmlElement) -> Iterator[str]:
    if element.tag in UNSPOKEN or element.get("translate") == "no":
        return
    yield from (element.get(name) for name in READ_ALOUD if element.get(name))
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str):
            yield from texts(child)
        yield child.tail or ""


def test_days_that_have_passed_are_told_as_germans_say_it() -> None:
    with override("de"):
        assert naturaltime(timezone.now() - timedelta(days=3)) == "vor 3\xa0Tagen"
