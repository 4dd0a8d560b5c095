"""The long security runs: whole by `make audit`, a bounded part of each in `make test`. Their counts make a table."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

IS_WHOLE = os.environ.get("AUDIT") == "whole"
PLACE = Path(__file__).resolve().parents[1] / "var" / "audit.json"


@dataclass(frozen=True, slots=True)
class Finding:
    """How often something was tried, and how often it was found that should never be: more than `most` is a finding."""

    what: str
    tried: int
    found: int
    most: int = 0


Note = Callable[..., None]
FINDINGS = pytest.StashKey[list[Finding]]()
# Of many small cases, which are counted by the module that they are in.
COUNTED = (
    "tests/test_access_matrix.py",
    "tests/test_isolation.py",
    "tests/tenants/test_database_isolation.py",
)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "audit: a long security run, of which `make audit` does all")
    config.stash[FINDINGS] = []


@pytest.fixture
def many() -> Callable[[int, int], int]:
    """So many when all is run, so few otherwise."""
    return lambda whole, bounded: whole if IS_WHOLE else bounded


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Iterator[Note]:
    """Puts a line into the table, and fails the test that found more than there may be, once it is over."""
    noted: list[Finding] = []

    def note(what: str, tried: int, found: int, most: int = 0) -> None:
        noted.append(Finding(what, tried, found, most))

    yield note
    request.config.stash[FINDINGS] += noted
    assert [it for it in noted if it.found > it.most] == []


def counted(reporter: pytest.TerminalReporter) -> Iterator[Finding]:
    ended = {how: reporter.getreports(how) for how in ("passed", "failed", "error")}
    for module in COUNTED:
        passed, *others = (sum(it.nodeid.startswith(module) for it in its) for its in ended.values())
        if passed or any(others):
            yield Finding(
                f"cases of {module}, otherwise than they should be", passed + sum(others), sum(others)
            )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    findings = [*config.stash[FINDINGS], *counted(terminalreporter)]
    if not IS_WHOLE or not findings:
        return
    terminalreporter.section("audit")
    terminalreporter.write_line(f"{'':70}{'tried':>8}{'found':>8}{'at most':>9}")
    for it in findings:
        terminalreporter.write_line(f"{it.what:70}{it.tried:>8,}{it.found:>8,}{it.most:>9,}")
    PLACE.parent.mkdir(exist_ok=True)
    PLACE.write_text(json.dumps([asdict(it) for it in findings], indent=2))
