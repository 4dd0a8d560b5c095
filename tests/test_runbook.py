"""Every code that an error or a problem can carry stands in the runbook, and nothing else does."""

import re
from pathlib import Path

from onboarding.problems.kinds import KINDS

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("integrations", "onboarding", "webhooks")
SUBJECTS = (
    "appcast|application|connection|conversions|delivery|feed|forms|http|leaving|lever|notices|oauth|pace|policy"
    "|rehearsal|stages|webhooks?|work"
)
CODE = re.compile(rf'"((?:{SUBJECTS})\.(?!pdf)[a-z_]+)"')
# What looks like a code and is none: the names of audited actions.
AUDITED = re.compile(r'(?:audit\.record\(\s*|(?i:action)(?:: str)?\s?=\s?)"([a-z_.]+)"')


def codes_in_code() -> set[str]:
    sources = [path.read_text() for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    audited = {action for source in sources for action in AUDITED.findall(source)}
    return {code for source in sources for code in CODE.findall(source)} - audited


def codes_in_runbook() -> set[str]:
    rows = [
        line for line in (ROOT / "docs" / "runbook.md").read_text().splitlines() if line.startswith("| `")
    ]
    return {code for row in rows for code in re.findall(r"`([a-z_.]+)`", row.split("|")[1])}


def test_every_code_of_the_code_stands_in_the_runbook() -> None:
    assert codes_in_code() - codes_in_runbook() == set()


def test_the_runbook_explains_no_code_that_is_gone() -> None:
    everything = "".join(
        path.read_text() for package in (*PACKAGES, "tenants") for path in (ROOT / package).rglob("*.py")
    )
    of_fields = {code for code in codes_in_runbook() if code.startswith("delivery.")}
    gone = {
        code
        for code in codes_in_runbook()
        if code not in everything and not (code in of_fields and code.partition(".")[2] in everything)
    }
    assert gone == set()


def test_the_runbook_writes_the_threshold_of_every_kind_of_problem() -> None:
    """One table: who acts, what it weighs, and how long it may take until it is open."""
    text = (ROOT / "docs" / "runbook.md").read_text().partition("## Thresholds")[2]
    written = [
        [it.strip() for it in line.strip("|").split("|")] for line in text.splitlines() if "| `" in line
    ]
    expected = [
        [f"`{code}`", str(it.actor.label), it.weighs, it.takes if it.within else "the next look"]
        for code, it in KINDS.items()
    ]
    assert written == expected
