"""Stages as people paste them from a spreadsheet, a document or an e-mail.

A line holds an id and a name in any order, perhaps a workflow before them; a line without an id names the
workflow of those below it, or the stage whose id stands alone on the next line. What a line was understood
as is shown before anything is kept; a line that was not understood is named with what was expected.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

# As Lever's page copies them: with blanks around the dashes, which mail programs lengthen.
DASH = "\\s*[-\u2010-\u2015\u2212]\\s*"
UUID = re.compile(rf"[0-9a-fA-F]{{8}}(?:{DASH}[0-9a-fA-F]{{4}}){{3}}{DASH}[0-9a-fA-F]{{12}}")
WORD_ID = re.compile(r"[a-z]+(?:-[a-z]+)+|offer")
CELLS = re.compile(r"\t|,|;|\||\s{2,}")
LABEL = re.compile(r"^(?:stage\s*)?(?:name|id|workflow|pipeline)\s*[:=]\s*", re.IGNORECASE)
HEADINGS = {"stage", "stage name", "stages", "name", "id", "stage id", "ids", "workflow", "pipeline"}
HEADINGS |= {"hiring workflow", "conversion", "notes", "#", "no", "no."}
MOST_LINES = 500


@dataclass(frozen=True, slots=True)
class TableRow:
    workflow: str
    name: str
    external_id: str


@dataclass(frozen=True, slots=True)
class LineProblem:
    number: int
    line: str
    message: str


@dataclass(slots=True)
class Table:
    """What was understood, line by line, and what was not."""

    rows: list[TableRow] = field(default_factory=list)
    problems: list[LineProblem] = field(default_factory=list)


def read_table(pasted: str, clean_id: Callable[[str], str]) -> Table:
    reader = _Reader(clean_id)
    for number, line in enumerate(pasted.splitlines()[:MOST_LINES], start=1):
        if line.strip():
            reader.take(number, line.strip())
    reader.end()
    return reader.table


class _Reader:
    """Reads line after line; `pending` is a line without an id whose meaning the next line tells."""

    def __init__(self, clean_id: Callable[[str], str]) -> None:
        self.table = Table()
        self._clean_id = clean_id
        self._workflow = ""
        self._pending: tuple[int, str] | None = None

    def take(self, number: int, line: str) -> None:
        external_id, rest = _split_id(line)
        texts = [text for text in _texts(rest) if text.lower() not in HEADINGS]
        if external_id:
            self._take_stage(number, line, self._clean_id(external_id), texts)
        elif len(texts) == 1:
            self._close_pending()
            self._pending = (number, texts[0])
        elif texts:
            self._problem(number, line, "Expected a stage's name and its id; there is no id in this line.")

    def end(self) -> None:
        if self._pending:
            number, text = self._pending
            self._problem(number, text, "Expected an id for this stage, or stages below this workflow.")

    def _take_stage(self, number: int, line: str, external_id: str, texts: list[str]) -> None:
        if not texts and self._pending:
            texts, self._pending = [self._pending[1]], None
        self._close_pending()
        if not texts:
            self._problem(number, line, "Expected a name beside this id.")
        elif len(texts) > 2:
            self._problem(
                number,
                line,
                f"Expected a workflow, a stage and its id at most; this line has {len(texts)} texts beside the id. "
                "Please remove the columns that are not needed.",
            )
        elif any(
            row.external_id == external_id and row.workflow == self._of(texts) for row in self.table.rows
        ):
            self._problem(number, line, "This id stands in the table twice.")
        else:
            self.table.rows.append(TableRow(self._of(texts), texts[-1], external_id))

    def _of(self, texts: list[str]) -> str:
        return texts[0] if len(texts) == 2 else self._workflow

    def _close_pending(self) -> None:
        if self._pending:
            self._workflow, self._pending = self._pending[1], None

    def _problem(self, number: int, line: str, message: str) -> None:
        self.table.problems.append(LineProblem(number, line[:120], message))


def _split_id(line: str) -> tuple[str, str]:
    """The id in the line, and the line without it."""
    found = UUID.search(line)
    if found:
        return found[0], f"{line[: found.start()]}\t{line[found.end() :]}"
    cells = [LABEL.sub("", cell.strip()) for cell in CELLS.split(line)]
    word = next((cell for cell in cells if WORD_ID.fullmatch(cell)), "")
    if not word:
        return "", line
    cells.remove(word)
    return word, "\t".join(cells)


def _texts(rest: str) -> Iterator[str]:
    for cell in CELLS.split(rest):
        text = LABEL.sub("", cell.strip()).strip(" :()[]\"'-\u2013\u2014*\u2022")
        if re.search(r"[^\W\d_]", text):
            yield text
