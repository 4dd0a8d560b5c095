"""Stages as people paste them from a spreadsheet, a document or an e-mail.

A line holds an id and a name in any order, perhaps a workflow before them; a line without an id names the
workflow of those below it, or the stage whose id stands alone on the next line. What a line was understood
as is shown before anything is kept; a line that was not understood is named with what was expected.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from tenants.phrases import Phrase, counted

from .stage_lines import Kind, Line, Text, count_of, cut_id, has_text_beside, read_line, unclear_id
from .stage_prose import Prose, prose_of

MOST_LINES = 500
LONGEST_NAME = 200
LENGTH_OF_AN_ID = 32
NUMBER = re.compile(r"^\d{1,3}\.\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class TableRow:
    workflow: str
    name: str
    external_id: str


@dataclass(frozen=True, slots=True)
class LineProblem:
    number: int
    line: str
    message: Phrase


@dataclass(slots=True)
class Table:
    """What was understood, line by line, and what was not."""

    rows: list[TableRow] = field(default_factory=list)
    problems: list[LineProblem] = field(default_factory=list)


def read_table(pasted: str, clean_id: Callable[[str], str]) -> Table:
    lines = [(number, line) for number, line in enumerate(pasted.splitlines(), start=1) if line.strip()]
    reader = _Reader(clean_id, has_labels=any(_is_labelled_name(line) for _, line in lines[:MOST_LINES]))
    for number, line in lines[:MOST_LINES]:
        reader.take(number, line)
    reader.end()
    if len(lines) > MOST_LINES:
        number, line = lines[MOST_LINES]
        message = counted(
            "Expected at most %(count)s line; this one and those below are left out.",
            "Expected at most %(count)s lines; this one and those below are left out.",
            MOST_LINES,
        )
        reader.table.problems.append(LineProblem(number, line.strip()[:120], message))
    reader.table.rows = _without_numbers(reader.table.rows)
    return reader.table


def _without_numbers(rows: list[TableRow]) -> list[TableRow]:
    """Where all of a list begin with a number it counts them; “1. Interview” among others is a name."""
    workflows = _counted(row.workflow for row in rows if row.workflow)
    names = {
        workflow: _counted(row.name for row in rows if row.workflow == workflow)
        for workflow in {row.workflow for row in rows}
    }
    return [
        replace(
            row,
            workflow=workflows.get(row.workflow, row.workflow),
            name=names[row.workflow].get(row.name, row.name),
        )
        for row in rows
    ]


def _counted(texts: Iterable[str]) -> Mapping[str, str]:
    """What each is without its number; nothing, where one has none or two would be the same."""
    bare = {text: NUMBER.sub("", text) for text in texts}
    is_counting = all(text != without for text, without in bare.items())
    return bare if is_counting and len(set(bare.values())) == len(bare) else {}


@dataclass(frozen=True, slots=True)
class _Pending:
    """A line with only half of a stage; the next line tells what it was. `external_id` or `text` is set.

    A word such as `take-home` may be either, until the next line is there.
    """

    number: int
    line: str
    text: str = ""
    external_id: str = ""
    is_labelled: bool = False


class _Reader:
    """Where names are labelled as such, a text without a label is a workflow."""

    def __init__(self, clean_id: Callable[[str], str], *, has_labels: bool) -> None:
        self.table = Table()
        self._clean_id = clean_id
        self._workflow = ""
        self._columns: tuple[Kind, ...] = ()
        self._pending: _Pending | None = None
        self._has_labels = has_labels
        self._is_over = False

    def take(self, number: int, line: str) -> None:
        read = read_line(line, self._columns)
        cut = "" if read.ids else cut_id(line)
        prose = None if read.ids or cut else prose_of(line)
        self._is_over = prose is Prose.FAREWELL or (self._is_over and not read.ids and prose is None)
        if prose:
            self._take_prose(prose)
        elif cut:
            self._take_cut_id(number, line, cut)
        elif self._is_over:
            return
        elif read.columns:
            self._close_pending()
            self._columns = read.columns
        elif len(read.ids) > 1:
            self._problem(number, line, Phrase("Expected one stage in a line; this one has several ids."))
        elif read.is_id_alone:
            self._take_id(_Pending(number, line, external_id=read.ids[0]))
        elif read.ids:
            self._close_pending()
            self._take_stage(number, line, read)
        else:
            self._take_texts(number, line, read.texts)

    def _take_prose(self, prose: Prose) -> None:
        """Below a farewell stands a signature. A button of Lever's belongs to the name above it."""
        if prose is not Prose.REVEALED:
            self._end_pending()

    def end(self) -> None:
        self._end_pending()

    def _end_pending(self) -> None:
        before, self._pending = self._pending, None
        if before:
            self._leave(before)

    def _take_id(self, found: _Pending) -> None:
        """The name stood in the line before, or stands in the next."""
        before, self._pending = self._pending, None
        if before and (before.text or _is_word(before.external_id)):
            self._add(found.number, found.line, self._workflow, before.text or before.external_id, found)
            return
        if before:
            self._leave(before)
        self._pending = found

    def _take_cut_id(self, number: int, line: str, cut: str) -> None:
        """Its name may stand in the line before, which then is no workflow."""
        if has_text_beside(line, cut):
            self._close_pending()
        else:
            self._pending = None
        expected = Phrase(
            "Expected an id of %(length)s letters and digits; this one has %(found)s. Please copy it again in Lever.",
            length=LENGTH_OF_AN_ID,
            found=count_of(cut),
        )
        self._problem(number, line, expected)

    def _take_texts(self, number: int, line: str, texts: tuple[Text, ...]) -> None:
        before = self._pending
        if len(texts) > 1:
            expected = Phrase("Expected a stage's name and its id; there is no id in this line.")
            self._problem(number, line, expected)
        elif texts and self._is_workflow(texts[0]):
            self._close_pending()
            self._workflow = texts[0].text
        elif texts and before and before.external_id:
            self._pending = None
            self._add(before.number, before.line, self._workflow, texts[0].text, before)
        elif texts:
            self._close_pending()
            is_labelled = texts[0].kind is Kind.NAME or self._is_in_a_column_of_names
            self._pending = _Pending(number, line, texts[0].text, is_labelled=is_labelled)

    @property
    def _is_in_a_column_of_names(self) -> bool:
        """Below a stage that stands in no workflow: a table that has workflows begins with one."""
        is_headed = {Kind.NAME, Kind.ID} <= set(self._columns)
        return is_headed and not self._workflow and bool(self.table.rows)

    def _is_workflow(self, text: Text) -> bool:
        return text.kind is Kind.WORKFLOW or (self._has_labels and text.kind is Kind.TEXT)

    def _take_stage(self, number: int, line: str, read: Line) -> None:
        named = [it.text for it in read.texts if it.kind is Kind.NAME]
        workflows = [it.text for it in read.texts if it.kind is Kind.WORKFLOW]
        others = [it.text for it in read.texts if it.kind is Kind.TEXT]
        texts = [*workflows, *others, *named]
        if len(texts) > 2:
            expected = counted(
                "Expected a workflow, a stage and its id at most; this line has %(count)s text beside the id. "
                "Please remove the columns that are not needed.",
                "Expected a workflow, a stage and its id at most; this line has %(count)s texts beside the id. "
                "Please remove the columns that are not needed.",
                len(texts),
            )
            self._problem(number, line, expected)
            return
        if len(texts) == 2:
            self._workflow = texts[0]
        self._add(number, line, self._workflow, texts[-1], _Pending(number, line, external_id=read.ids[0]))

    def _add(self, number: int, line: str, workflow: str, name: str, found: _Pending) -> None:
        external_id = self._clean_id(found.external_id)
        if any((row.workflow, row.external_id) == (workflow, external_id) for row in self.table.rows):
            self._problem(number, line, Phrase("This id stands in the table twice."))
        else:
            self.table.rows.append(TableRow(workflow, name[:LONGEST_NAME], external_id))

    def _close_pending(self) -> None:
        """A text that no id followed was the workflow of what comes now."""
        before, self._pending = self._pending, None
        if before is None:
            return
        if before.external_id or before.is_labelled or unclear_id(before.line):
            self._leave(before)
        else:
            self._workflow = before.text

    def _leave(self, before: _Pending) -> None:
        if before.external_id:
            self._problem(before.number, before.line, Phrase("Expected a name beside this id."))
        elif unclear_id(before.line):
            expected = Phrase(
                "Expected an id. If “%(word)s” is one, put a comma or a tab before it.",
                word=unclear_id(before.line),
            )
            self._problem(before.number, before.line, expected)
        else:
            expected = Phrase("Expected an id for this stage, or stages below this workflow.")
            self._problem(before.number, before.line, expected)

    def _problem(self, number: int, line: str, message: Phrase) -> None:
        self.table.problems.append(LineProblem(number, line.strip()[:120], message))


def _is_labelled_name(line: str) -> bool:
    read = read_line(line)
    return not read.ids and any(text.kind is Kind.NAME for text in read.texts)


def _is_word(external_id: str) -> bool:
    """Such as `take-home`: an id of the ATS's own, or a stage's name."""
    return external_id.islower() and not any(letter.isdigit() for letter in external_id)
