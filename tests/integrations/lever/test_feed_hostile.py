"""Whatever stands at the address: it is read, or refused with a reason, and never does anything else."""

import io
import resource
import time
from collections.abc import Iterator

import pytest

from integrations.errors import ConfigurationError
from integrations.lever.feed_reading import Reading

from .hostile_feeds import Case, cases

MOST_SECONDS, MOST_KILOBYTES = 5, 200 * 1024
CASES = list(cases())


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert time.process_time() - began < MOST_SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_KILOBYTES


def test_there_are_many() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 90


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_read_or_refused_with_a_reason(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.open", lambda *_: pytest.fail("a file was opened"))
    assert outcome_of(case.body) == case.outcome


def outcome_of(body: bytes) -> int | str:
    try:
        return sum(it.record() is not None for it in Reading([]).xml(io.BytesIO(body)))
    except ConfigurationError as error:
        return error.code if error.message else "nothing said"
