"""What the documents name as proof is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NAMED = re.compile(r"`((?:tests/[\w/]*)?test_\w+\.py)`")
DOCUMENTS = ("security.md", "privacy.md")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_test_that_a_document_names_is_there(document: str) -> None:
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py")}
    named = set(NAMED.findall((ROOT / "docs" / document).read_text()))
    assert named
    assert [it for it in named if it not in there | {Path(path).name for path in there}] == []
