"""What customers say about policies: each message says what was expected and what came, in the reader's language."""

import re

import pytest
from django.template.loader import render_to_string
from django.utils.translation import override

from onboarding import localities
from onboarding.models.policies import PolicyKind
from onboarding.policies import Statement
from onboarding.policy_forms import MOST_LINKS, SPARE_LINKS, PolicyForm

PRIVACY = "https://acme.example/privacy"
NEEDED = {"is_needed": "yes", "url": PRIVACY}
STATED = Statement(
    PolicyKind.PRIVACY,
    is_needed=True,
    links=[("", PRIVACY), ("DE", f"{PRIVACY}/de"), ("nordic", f"{PRIVACY}/n")],
)


def policy(data: dict[str, str], stated: Statement | None = None) -> PolicyForm:
    sent = {f"privacy_policy-{name}": value for name, value in data.items()}
    return PolicyForm(PolicyKind.PRIVACY, sent, stated)


def messages(form: PolicyForm) -> str:
    return " ".join(str(message) for found in form.errors.values() for message in found)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, "Say whether a link to your privacy policy is needed."),
        ({"is_needed": "maybe"}, "maybe is not one of the available choices"),
        (
            {"is_needed": "yes"},
            "Give the address of your privacy policy, beginning with https://.",
        ),
        (
            {"is_needed": "yes", "url": "http://acme.example"},
            "begins with https://; please correct the address. You gave “http://acme.example”.",
        ),
        ({"is_needed": "yes", "url": "acme privacy"}, "You gave “acme privacy”."),
        ({"is_needed": "yes", "url": "https://a.example/" + "x" * 500}, "this address has 518"),
        (
            {**NEEDED, "link_0": "https://acme.example/de"},
            "Choose the country or language for which “https://acme.example/de” stands.",
        ),
        ({**NEEDED, "scope_1": "DE", "link_1": "http://acme.example"}, "You gave “http://acme.example”."),
        ({**NEEDED, "scope_0": "de", "link_0": ""}, "Give the address for “German”"),
        ({**NEEDED, "scope_0": "Germany", "link_0": PRIVACY}, "Germany is not one of the available choices"),
        (
            {**NEEDED, "scope_0": "de", "link_0": PRIVACY, "scope_1": "de", "link_1": PRIVACY},
            "Expected one link for each country or language; “German” has several.",
        ),
        ({**NEEDED, "scope_0": "de", "link_0": f"https://a.example/{'x' * 500}"}, "at most 500"),
    ],
)
def test_a_policy_that_is_not_understood(data: dict[str, str], expected: str) -> None:
    assert messages(policy(data)).count(expected) == 1


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("www.acme.example", "https://www.acme.example"),
        (" acme.example/privacy?lang=de ", "https://acme.example/privacy?lang=de"),
        (PRIVACY, PRIVACY),
    ],
)
def test_an_address_is_completed_as_it_is_spoken(typed: str, kept: str) -> None:
    form = policy({"is_needed": "yes", "url": typed, "scope_0": "DE", "link_0": typed})
    assert messages(form) == ""
    assert form.statement.links == [("", kept), ("DE", kept)]


def test_a_link_that_yes_makes_required_is_not_called_optional() -> None:
    first, row = PolicyForm(PolicyKind.PRIVACY)["url"], PolicyForm(PolicyKind.PRIVACY)["link_0"]
    told = [render_to_string("elements/field.html", {"field": it}) for it in (first, row)]
    assert ["(optional)" in it for it in told] == [False, True]


def test_one_thing_wrong_with_a_link_is_said_once() -> None:
    form = policy({**NEEDED, "scope_0": "de", "link_0": "http://acme.example"})
    assert {name: len(said) for name, said in form.errors.items()} == {"link_0": 1}


def test_a_policy_with_links_for_some() -> None:
    """A country and the language of the same letters are two."""
    others = {"scope_0": "de", "link_0": f" {PRIVACY}/de ", "scope_1": "DE", "link_1": f"{PRIVACY}/at"}
    form = policy({**NEEDED, **others, "scope_2": "", "link_2": ""})
    assert form.is_valid(), form.errors
    assert form.statement.links == [("", PRIVACY), ("de", f"{PRIVACY}/de"), ("DE", f"{PRIVACY}/at")]


def test_links_are_not_kept_where_none_is_needed() -> None:
    form = policy({"is_needed": "no", "url": PRIVACY})
    assert form.is_valid()
    assert (form.statement.is_needed, form.statement.links) == (False, ())


def test_what_was_stated_is_shown_with_rows_to_spare() -> None:
    shown = PolicyForm(PolicyKind.PRIVACY, None, STATED)
    assert [[field.value() for field in row] for row in shown.rows] == [
        ["DE", f"{PRIVACY}/de"],
        ["nordic", f"{PRIVACY}/n"],
        *[[None, None]] * SPARE_LINKS,
    ]
    assert shown.has_rows
    assert not PolicyForm(PolicyKind.PRIVACY).has_rows


def test_what_was_typed_before_there_was_a_list_stays_a_choice_of_its_own_row() -> None:
    kept = {"scope_0": "DE", "link_0": f"{PRIVACY}/de", "scope_1": "nordic", "link_1": f"{PRIVACY}/n"}
    form = policy({**NEEDED, **kept}, STATED)
    assert form.is_valid(), form.errors
    assert form.statement == STATED
    moved = policy({**NEEDED, "scope_0": "nordic", "link_0": PRIVACY}, STATED)
    assert "nordic is not one of the available choices" in messages(moved)


def test_a_row_that_is_kept_stays_or_goes_and_does_not_list_the_world() -> None:
    shown = PolicyForm(PolicyKind.PRIVACY, None, STATED)
    germany, nordic, spare, _other = [str(scope) for scope, _link in shown.rows]
    assert re.findall("<option.*?>(.*?)<", germany) == ["Germany", "No link of its own any more"]
    assert re.findall("<option.*?>(.*?)<", nordic) == ["nordic", "No link of its own any more"]
    assert spare.count("<option") > 300
    rows = {"scope_0": "", "link_0": f"{PRIVACY}/de", "scope_1": "nordic", "link_1": f"{PRIVACY}/n"}
    form = policy({**NEEDED, **rows}, STATED)
    assert form.is_valid(), form.errors
    assert form.statement.links == [("", PRIVACY), ("nordic", f"{PRIVACY}/n")]


def test_what_a_page_with_older_rows_sent_is_not_lost() -> None:
    form = policy({**NEEDED, "scope_0": "FR", "link_0": f"{PRIVACY}/fr"}, STATED)
    assert form.is_valid(), form.errors
    assert '<option value="FR" selected>France</option>' in str(form["scope_0"])


def test_there_are_as_many_rows_as_were_sent_up_to_a_limit() -> None:
    sent = {f"link_{number}": "" for number in range(MOST_LINKS + 5)}
    assert len(policy({**NEEDED, **sent}).rows) == MOST_LINKS
    assert len(policy({**NEEDED, "link_0": "", "link_1": "", "link_2": ""}).rows) == 3


@pytest.mark.parametrize(
    ("language", "names", "first"),
    [
        ("en", {"DE": "Germany", "de": "German", "nordic": "nordic"}, "Afghanistan"),
        ("de", {"DE": "Deutschland", "de": "Deutsch", "AT": "Österreich", "nordic": "nordic"}, "Afghanistan"),
    ],
)
def test_countries_and_languages_have_names_in_the_readers_language(
    language: str, names: dict[str, str], first: str
) -> None:
    with override(language):
        assert {scope: localities.name_of(scope) for scope in names} == names
        languages, countries = (dict(group) for _, group in localities.choices())
        assert (len(countries), languages["de"], countries["DE"]) == (249, names["de"], names["DE"])
        assert next(iter(countries.values())) == first
        told = list(countries.values())
    if language == "de":
        assert told.index("Norwegen") < told.index("Österreich") < told.index("Pakistan")


def test_its_questions_are_asked_in_the_readers_language() -> None:
    with override("de"):
        form = policy({"is_needed": "yes", "scope_0": "de", "link_0": ""})
        asked = [str(field.label) for field in form]
        said = messages(form)
    assert not any(word in " ".join([*asked, said]) for word in ("link to", "Expected", "language"))
