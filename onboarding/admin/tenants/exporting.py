"""The list as a file for spreadsheets: written line by line, and no cell is taken for a formula."""

import csv
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone

# By width too: a spreadsheet may read full-width signs as the plain ones.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class Echo:
    """What is written is handed on, row by row."""

    def write(self, row: str) -> str:
        return row


def escaped(cell: object) -> str:
    """A spreadsheet runs what begins like a formula, unless an apostrophe stands before it."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


def as_csv(
    name: str, columns: Sequence[tuple[str, Callable[[Any], object]]], rows: Iterator[Any]
) -> StreamingHttpResponse:
    writer = csv.writer(Echo())

    def lines() -> Iterator[str]:
        yield writer.writerow([title for title, _ in columns])
        for row in rows:
            yield writer.writerow([escaped(value(row)) for _, value in columns])

    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{timezone.now():%Y-%m-%d}.csv"'
    return answer
