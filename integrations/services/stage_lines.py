"""One line of a pasted table of stages: the id in it, its texts, and what labels or columns say they are."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

# As Lever's page copies them: with blanks around the dashes, which mail programs lengthen.
BLANK = "[\\s\u00ad\u200b-\u200f\u2060\ufeff]*"
DASH = f"{BLANK}[-\u2010-\u2015\u2212\ufe58\ufe63\uff0d]{BLANK}"
UUID = re.compile(rf"[0-9a-fA-F]{{8}}(?:{DASH}[0-9a-fA-F]{{4}}){{3}}{DASH}[0-9a-fA-F]{{12}}")
PARTS_OF_UUID = re.compile(rf"\b[0-9a-fA-F]{{3,}}(?:{DASH}[0-9a-fA-F]{{1,}}){{2,}}\b")
FEWEST_OF_AN_ID = 16
WORD = "[a-z]{1,40}(?:-[a-z]{1,40}){1,8}|offer"
# A word is an id only where something divides it from the rest: “Video pre-screen” is a name.
DIVIDED = "[\\t,;|:=()\\[\\]\"'\u2192]|\\s{2,}|\\s[-\u2013\u2014]\\s"
WORD_ID = re.compile(rf"(?:^|{DIVIDED})\s*(?P<id>{WORD})(?=\s*(?:$|{DIVIDED}))")
ENDS_IN_WORD = re.compile(rf"\s(?P<id>{WORD})$")
# Stands where the id stood.
MARK = "\0"

WORKFLOW = (
    r"(?:hiring\s+)?workflow|pipeline"
    r"|(?:arbeits|bewerbungs|einstellungs|auswahl|recruiting-?)?(?:ablauf|prozess)"
)
LABELS = (
    rf"(?:(?:stage|{WORKFLOW})[\s-]+|(?:phasen?|stufen?)[\s-]*)?(?:name|ids?)"
    rf"|(?:name|ids?)\s+(?:der\s+(?:phase|stufe)|des\s+(?:{WORKFLOW})(?:e?s)?)"
)
BARE_LABELS = rf"stage|phase|stufe|bezeichnung|(?:{WORKFLOW})(?:\s+\d{{1,3}})?"
LABEL = re.compile(
    rf"(?:(?:^|(?<=[\s,;|(]))(?P<full>{LABELS})|(?:^|(?<=[\t,;|]))\s*(?P<bare>{BARE_LABELS}))\s*[:=]",
    re.IGNORECASE,
)
BULLET = re.compile("^[\\s\\-\u2013\u2014*\u2022\u00b7\u25aa\u25e6\u2023\u25cf\u25cb\u25a0>#]+")
# Letters and numbers with a bracket behind them count; “1. Interview” may be a name, which its neighbours tell.
COUNTED = re.compile(r"^\(?(?:\d{1,3}|[a-zA-Z])\)\s+")
BULLET_CELL = re.compile(r"o|[a-zA-Z]?[.)]")
LOOSE_ENDS = " \t\u00a0:;,=>*`-\u2013\u2014\u2192|"
BLANKS = re.compile("[^\\S\\t]")
INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u2060\ufeff]")
BRACKETS = (("(", ")"), ("[", "]"))
QUOTES = (('"', '"'), ("'", "'"), ("\u201c", "\u201d"), ("\u2018", "\u2019"), ("\u201e", "\u201c"))
# What stood around the id alone: brackets, quotation marks of any kind, Markdown's marks of code.
EMPTY_BRACKETS = re.compile(
    rf"(?:[(\[\"'`\u2018\u201a\u201c\u201e]\s*{MARK}\s*[)\]\"'`\u2018\u2019\u201c\u201d])"
)


class Kind(StrEnum):
    TEXT = "text"
    ID = "id"
    NAME = "name"
    WORKFLOW = "workflow"
    OTHER = "other"


HEADINGS = {
    **dict.fromkeys(("stage", "stages", "stage name", "stage names", "name", "names"), Kind.NAME),
    **dict.fromkeys(("phase", "phasen", "phasenname", "name der phase", "stufe", "stufen"), Kind.NAME),
    **dict.fromkeys(("bezeichnung",), Kind.NAME),
    **dict.fromkeys(("id", "ids", "stage id", "stage ids", "stage-id", "stage-ids"), Kind.ID),
    **dict.fromkeys(("phasen-id", "phasen-ids", "phasen id", "id der phase", "stufen-id"), Kind.ID),
    **dict.fromkeys(("workflow", "hiring workflow", "workflow name", "pipeline"), Kind.WORKFLOW),
    **dict.fromkeys(("arbeitsablauf", "ablauf", "prozess", "bewerbungsprozess"), Kind.WORKFLOW),
    **dict.fromkeys(("bewerbungsablauf", "einstellungsprozess", "recruiting-prozess"), Kind.WORKFLOW),
    **dict.fromkeys(("conversion", "notes", "#", "no", "no."), Kind.OTHER),
    **dict.fromkeys(("nr", "nr.", "notiz", "notizen", "bemerkung", "bemerkungen"), Kind.OTHER),
}


@dataclass(frozen=True, slots=True)
class Text:
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """`columns` are those of a line of headings. With two ids in one line, nobody can tell whose name is whose."""

    ids: tuple[str, ...] = ()
    texts: tuple[Text, ...] = ()
    columns: tuple[Kind, ...] = ()

    @property
    def is_id_alone(self) -> bool:
        return bool(self.ids) and not self.texts


def read_line(line: str, columns: Sequence[Kind] = ()) -> Line:
    """`columns` come from the table's line of headings, if it had one."""
    line = BLANKS.sub(" ", INVISIBLE.sub("", line.replace(MARK, ""))).rstrip()
    by_column = _by_column(line, columns)
    if by_column:
        return by_column
    ids, marked = _mark_ids(line)
    headings = None if ids else _headings(line)
    return headings or Line(ids, tuple(_texts(marked)))


def cut_id(line: str) -> str:
    """What in a line without an id was one before something was cut off; dates and telephone numbers are shorter."""
    found = PARTS_OF_UUID.search(BLANKS.sub(" ", line))
    return found[0] if found and count_of(found[0]) >= FEWEST_OF_AN_ID else ""


def count_of(pasted_id: str) -> int:
    """Its letters and digits."""
    return sum(character.isalnum() for character in pasted_id)


def has_text_beside(line: str, pasted_id: str) -> bool:
    return bool(_clean(LABEL.sub("", BLANKS.sub(" ", line).replace(pasted_id, " "))))


def unclear_id(line: str) -> str:
    """What at the end of a line without an id looks like one, but nothing divides it from the name."""
    found = ENDS_IN_WORD.search(line.strip())
    return found["id"] if found else ""


def _mark_ids(line: str) -> tuple[tuple[str, ...], str]:
    ids = tuple(found[0] for found in UUID.finditer(line))
    word = None if ids else WORD_ID.search(line)
    if word:
        ids, line = (word["id"],), f"{line[: word.start('id')]}{MARK}{line[word.end('id') :]}"
    return ids, EMPTY_BRACKETS.sub(MARK, UUID.sub(MARK, line))


def _by_column(line: str, columns: Sequence[Kind]) -> Line | None:
    """None where the line does not fill the columns that the headings named."""
    separator = next((it for it in "\t|;," if it in line), "")
    if not separator or Kind.ID not in columns or Kind.NAME not in columns:
        return None
    cells = [*_split(line, separator), *[""] * len(columns)][: len(columns)]
    pasted = cells[columns.index(Kind.ID)].strip()
    if line.count(separator) >= len(columns) or not (UUID.fullmatch(pasted) or re.fullmatch(WORD, pasted)):
        return None
    named = [Text(kind, _clean(cell)) for kind, cell in zip(columns, cells, strict=True)]
    return Line((pasted,), tuple(it for it in named if it.text and it.kind in {Kind.NAME, Kind.WORKFLOW}))


def _headings(line: str) -> Line | None:
    """None where no cell is a heading. “Workflow | Drivers” names a workflow."""
    cells = [cell.strip(LOOSE_ENDS) for cell in re.split(r"[\t|;,]|\s{2,}", line)]
    kinds = tuple(HEADINGS.get(cell.lower(), Kind.OTHER) for cell in cells)
    if not any(cell.lower() in HEADINGS for cell in cells):
        return None
    if len(cells) == 2 and kinds[0] is Kind.WORKFLOW and cells[1].lower() not in HEADINGS:
        return Line(texts=(Text(Kind.WORKFLOW, cells[1]),))
    return Line(columns=kinds)


def _texts(marked: str) -> list[Text]:
    labelled = _labelled(marked)
    return _unlabelled(marked) if labelled is None else labelled


def _labelled(marked: str) -> list[Text] | None:
    """None unless there are labels, and every one of an id has an id behind it: “Check ID: passport” is a name."""
    line = BULLET.sub("", marked)
    labels = list(LABEL.finditer(line))
    if not labels:
        return None
    ends = [*(label.start() for label in labels[1:]), len(line)]
    pieces = [(_kind(label), line[label.end() : end]) for label, end in zip(labels, ends, strict=True)]
    if any(MARK not in piece for kind, piece in pieces if kind is Kind.ID):
        return None
    pieces = [(Kind.TEXT, line[: labels[0].start()]), *pieces]
    return [
        Text(Kind.TEXT if kind is Kind.ID else kind, text)
        for kind, piece in pieces
        if (text := _clean(piece.replace(MARK, " ")))
    ]


def _kind(label: re.Match[str]) -> Kind:
    words = (label["full"] or label["bare"]).lower()
    if words.endswith(("id", "ids")) or words.startswith("id"):
        return Kind.ID
    return Kind.WORKFLOW if re.search(WORKFLOW, words) else Kind.NAME


def _unlabelled(marked: str) -> list[Text]:
    texts = [_clean(cell.replace(MARK, " ")) for cell in _cells(marked)]
    texts = [text for text in texts if text and not BULLET_CELL.fullmatch(text)]
    without_headings = [text for text in texts if text.lower() not in HEADINGS]
    return [Text(Kind.TEXT, text) for text in without_headings or texts]


def _cells(marked: str) -> list[str]:
    """Tabs divide wherever they stand; of the others the one beside the id, since names hold commas too."""
    if "\t" in marked:
        return _split(marked, "\t")
    beside = re.search(rf"([,;|])[\s\"']*{MARK}|{MARK}[\s\"']*([,;|])", marked)
    if beside:
        return _split(marked, beside[1] or beside[2])
    return re.split(rf"\s{{2,}}|{MARK}", marked)


def _split(line: str, separator: str) -> list[str]:
    """Spreadsheets put a cell that holds the separator between quotation marks."""
    is_quoted = line.count('"') % 2 == 0
    return next(csv.reader([line], delimiter=separator)) if is_quoted else line.split(separator)


def _clean(cell: str) -> str:
    """Without bullets, quotation marks and half brackets around it; "" when no letter is left."""
    text = COUNTED.sub("", BULLET.sub("", cell)).strip(LOOSE_ENDS)
    for opening, closing in BRACKETS:
        surplus = text.count(opening) - text.count(closing)
        if surplus:
            text = text.strip(opening if surplus > 0 else closing).strip(LOOSE_ENDS)
    for opening, closing in QUOTES:
        if len(text) > 1 and text.startswith(opening) and text.endswith(closing):
            text = text[1:-1].strip(LOOSE_ENDS)
    return text if re.search(r"[^\W\d_]", text) else ""
