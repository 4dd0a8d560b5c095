"""The runbook as a page of the desk: `docs/runbook.md`, each code with an address of its own."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

CODE = re.compile(r"`([^`]+)`")
EMPHASIS = re.compile(r"\*([^*]+)\*")


@dataclass(frozen=True, slots=True)
class Row:
    """Each cell with the name of its column."""

    codes: Sequence[str]
    cells: Sequence[tuple[str, SafeString]]


@dataclass(frozen=True, slots=True)
class Section:
    """`level` is the heading's; texts come before the table."""

    level: int
    title: str
    texts: Sequence[SafeString]
    head: Sequence[str]
    rows: Sequence[Row]


@cache
def sections() -> Sequence[Section]:
    text = (settings.BASE_DIR / "docs" / "runbook.md").read_text()
    return list(_sections(text))


def _sections(text: str) -> Iterator[Section]:
    for part in re.split(r"^(?=##? |### )", text, flags=re.MULTILINE):
        heading, _, body = part.partition("\n")
        if not heading.startswith("#"):
            continue
        marks, _, title = heading.partition(" ")
        lines = body.splitlines()
        table = [it for it in lines if it.startswith("|")]
        head = _cells(table[0]) if table else []
        texts = "\n".join(it for it in lines if not it.startswith("|"))
        yield Section(
            len(marks),
            title,
            [_inline(it) for it in re.split(r"\n\s*\n|\n(?=- )", texts) if it.strip()],
            head,
            [_row(head, it) for it in table[2:]],
        )


def _row(head: Sequence[str], line: str) -> Row:
    cells = _cells(line)
    return Row(CODE.findall(cells[0]), list(zip(head, map(_inline, cells), strict=True)))


def _cells(line: str) -> list[str]:
    return [it.strip() for it in line.strip().strip("|").split(" | ")]


def _inline(text: str) -> SafeString:
    """Escaped first: what is marked up is our own file's few marks alone."""
    told: str = escape(" ".join(text.removeprefix("- ").split()))
    told = EMPHASIS.sub(r"<em>\1</em>", CODE.sub(r"<code>\1</code>", told))
    return mark_safe(told)  # nosec B308 B703
