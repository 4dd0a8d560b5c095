"""A thousand hostile applications, well signed: each is answered as the document says, and none is an error of ours."""

import json
import logging
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.models import Application, Posting
from integrations.services.allowances import Allowance
from tenants.scoping import across_tenants
from tests.integrations.appcast import bodies

from . import appcast
from .appcast import ask_for_list, send
from .hostile import BREAKS, added, doubled, left_out, replaced, values

pytestmark = pytest.mark.timeout(300)
HOW_MANY, QUERIES = 500, 200
PLACE = "put something here"
Path = tuple[str | int, ...]


@pytest.fixture(autouse=True)
def in_silence() -> Iterator[None]:
    """Three lines a request of a log that nobody reads."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def as_many_as_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Allowance, "spend", lambda *_: None)


def places(value: object, before: Path = ()) -> Iterator[Path]:
    """Of every value within, and of what holds it."""
    if before:
        yield before
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, it in inner:
        yield from places(it, (*before, key))


def with_text_at(application: Any, place: Path, text: str) -> str:
    """The JSON with this text where the value stood, be it JSON or not."""
    *parents, last = place
    holder = application
    for key in parents:
        holder = holder[key]
    holder[last] = PLACE
    return json.dumps(application).replace(json.dumps(PLACE), text, 1)


@st.composite
def applications(draw: st.DrawFn) -> dict[str, Any]:
    """Of somebody else each time, so that no earlier one stands in the way."""
    application: dict[str, Any] = bodies.valid()
    application["application_id"] = str(draw(st.uuids()))
    application["applicant"]["email"] = f"{application['application_id']}@mail.example"
    return application


@st.composite
def harmed_within(draw: st.DrawFn) -> bytes:
    """One value anywhere is another."""
    application = draw(applications())
    text = with_text_at(application, draw(st.sampled_from(list(places(application)))), draw(values))
    return text.encode("utf-8", "surrogatepass")


# What PostgreSQL, UTF-8 or a column cannot hold, and what is of another kind.
NASTY = (
    '"a\\u0000b"',
    '"\\ud800"',
    '"\\u202e"',
    "1e999",
    "-1",
    "null",
    "true",
    "[]",
    "{}",
    '"%s"' % ("x" * 20_001),
)


def test_no_place_takes_what_nobody_could_store(posting: Posting) -> None:
    answers: Counter[int] = Counter()
    for place in places(bodies.valid()):
        for text in NASTY:
            application = json.loads(
                appcast.application(applicant__email=f"{sum(answers.values())}@mail.example")
            )
            answers[send(with_text_at(application, place, text).encode()).status_code] += 1
    assert set(answers) <= {200, 202, 400, 404, 409, 422}
    assert sum(answers.values()) > HOW_MANY


@st.composite
def harmed_at_large(draw: st.DrawFn) -> bytes:
    """Keys doubled, added, left out or given another value; then the bytes broken."""
    pairs = [(name, json.dumps(value)) for name, value in draw(applications()).items()]
    for _ in range(draw(st.integers(0, 2))):
        pairs = draw(st.sampled_from([replaced, doubled, added, left_out]))(draw, pairs)
    text = "{" + ",".join(f'"{name}":{value}' for name, value in pairs) + "}"
    body = text.encode("utf-8", "surrogatepass")
    for _ in range(draw(st.integers(0, 2))):
        body = draw(st.sampled_from(BREAKS))(draw, body)
    return body


def count() -> int:
    with across_tenants("a test looks"):
        return Application.objects.count()


@pytest.mark.parametrize("hostile", [harmed_within(), harmed_at_large()], ids=["within", "at large"])
def test_none_of_them_is_an_error_of_ours(posting: Posting, hostile: st.SearchStrategy[bytes]) -> None:
    answers: Counter[int] = Counter()

    @settings(max_examples=HOW_MANY, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(hostile)
    def each(body: bytes) -> None:
        answers[send(body).status_code] += 1

    each()
    print(dict(answers))
    assert sum(answers.values()) >= HOW_MANY
    assert set(answers) <= {200, 202, 400, 404, 409, 422}
    assert answers[202] > 10  # what was harmed does not matter
    assert answers[400] + answers[422] > HOW_MANY / 5
    assert count() == answers[202]


queries = st.lists(
    st.tuples(
        st.sampled_from(["status", "since", "until", "job_reference", "cursor", "limit", "x", ""]),
        st.one_of(
            st.text(max_size=20),
            st.integers().map(str),
            st.sampled_from(["rejected", "2026-01-31T12:00:00Z", "a\0b", "+", "&"]),
        ),
    ),
    max_size=4,
)


def test_no_list_that_is_asked_for_is_an_error_of_ours(posting: Posting) -> None:
    send(appcast.application())
    answers: Counter[int] = Counter()

    @settings(max_examples=QUERIES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(
        st.one_of(
            queries.map(escaped),
            st.text(st.characters(max_codepoint=126, min_codepoint=33, exclude_characters="#")),
        )
    )
    def each(query: str) -> None:
        answers[ask_for_list(query).status_code] += 1

    each()
    print(dict(answers))
    assert set(answers) == {200, 422}


def escaped(pairs: list[tuple[str, str]]) -> str:
    return urlencode([(name, value.encode("utf-8", "replace")) for name, value in pairs])
