"""A feed's bytes as postings, read as a stream: memory does not grow with the number of jobs.

Both readers give jobs as the names and values that stand there; only of those that are new somebody asks for a record.
"""

import io
import json
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from typing import IO, TypeAlias, cast

from lxml import etree

from tenants.phrases import Phrase

from ..errors import ConfigurationError
from ..types import JsonObject, OfferedPosting, PostingRecord
from .feed_fields import UnusableJobError, field_of, posting

PIECE = 64 * 1024
MOST_JOBS = 100_000
MOST_WARNINGS = 100
# Far above any real job; stops a file that never ends one from growing into memory.
LARGEST_JOB = 4 * 1024 * 1024
FINGERPRINT_DIGITS = 32
# Another number where the same text would be read otherwise than before.
READ_AS = "1:"
JOB_TAGS = ("{*}job", "{*}Job", "{*}JOB")

# A name, its value, the next name and so on.
Said: TypeAlias = list[object]


class FeedBrokenError(ConfigurationError):
    """What came cannot be read, or not to its end."""


class Reading:
    """One reading of one feed. Each job counts as of use until somebody asks for its record in vain."""

    def __init__(self, warnings: list[Phrase]) -> None:
        self.warnings = warnings
        self._jobs = self._left_out = 0

    @property
    def is_in_vain(self) -> bool:
        """Jobs whose names all mean something else to us are not understood, and not none."""
        return 0 < self._jobs == self._left_out

    def xml(self, source: IO[bytes]) -> Iterator[OfferedPosting]:
        for element in _xml_jobs(source):
            told: Said = []
            for child in element:
                told.append(child.tag)
                told.append(_xml_group(child) if len(child) else child.text or "")
            yield self._offered(told)

    def json(self, source: IO[bytes]) -> Iterator[OfferedPosting]:
        for job in _json_jobs(source):
            yield self._offered([part for pair in job.items() for part in map(_json_value, pair)])

    def warn(self, warning: Phrase) -> None:
        if len(self.warnings) < MOST_WARNINGS:
            self.warnings.append(warning)

    def _offered(self, told: Said) -> OfferedPosting:
        self._jobs += 1
        if self._jobs > MOST_JOBS:
            raise ConfigurationError(
                "lever.feed_too_many_jobs", Phrase("The feed has more than %(most)s jobs.", most=MOST_JOBS)
            )
        return OfferedPosting(_fingerprint(told), partial(self._record, told, self._jobs))

    def _record(self, told: Said, number: int) -> PostingRecord | None:
        pairs = zip(told[::2], told[1::2], strict=True)
        try:
            return posting((_local(str(name)), value) for name, value in pairs)
        except UnusableJobError as lack:
            self._left_out += 1
            self.warn(
                Phrase("Job %(number)s was left out: it has no %(lack)s.", number=number, lack=str(lack))
            )
            return None


def _fingerprint(told: Said) -> str:
    """Of names and values as they came; texts of XML and JSON, as they are read here, hold no NUL."""
    try:
        text = "\0".join(told)  # type: ignore[arg-type]
    except TypeError:  # some are lists or objects
        text = "\0".join(map(str, told))
    # Processors have instructions for this one, which no other of hashlib's comes near.
    return READ_AS + sha256(text.encode()).hexdigest()[:FINGERPRINT_DIGITS]


def _xml_jobs(source: IO[bytes]) -> Iterator[etree._Element]:
    parser = etree.XMLPullParser(
        events=("end",),
        tag=JOB_TAGS,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,  # `collect_ids=False` would make libxml2 open the file that a DOCTYPE names
    )
    root, since_last_job, is_any = None, 0, False
    try:
        for piece in iter(lambda: source.read(PIECE), b""):
            parser.feed(piece)
            since_last_job += len(piece)
            for _, job in cast(Iterator[tuple[str, etree._Element]], parser.read_events()):
                parent = job.getparent()
                if root is None:
                    root = _checked_root(job.getroottree().getroot())
                if parent is root:
                    yield job
                    del parent[: parent.index(job) + 1]  # and what stands before it
                    since_last_job, is_any = 0, True
            if since_last_job > LARGEST_JOB:
                raise FeedBrokenError(
                    "lever.feed_not_understood", "The feed is not a list of jobs.", "no job ends"
                )
        if len(_checked_root(parser.close())) and not is_any:
            raise FeedBrokenError(
                "lever.feed_not_understood", "The feed is not a list of jobs.", "no element <job>"
            )
    except etree.XMLSyntaxError as error:
        raise FeedBrokenError(
            "lever.feed_not_understood",
            "The feed cannot be read: it is not well-formed XML.",
            f"line {error.lineno}",
        ) from None


def _checked_root(root: etree._Element) -> etree._Element:
    if root.getroottree().docinfo.internalDTD is not None:
        raise ConfigurationError("lever.feed_doctype", "The feed has a DOCTYPE, which we do not read.")
    if _local(root.tag).lower() != "jobs":
        raise FeedBrokenError(
            "lever.feed_not_understood", "The feed is not a list of jobs.", "no root <jobs>"
        )
    return root


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _xml_value(element: etree._Element) -> object:
    return _xml_group(element) if len(element) else element.text or ""


def _xml_group(element: etree._Element) -> object:
    """The HTML inside, or for elements that group others what JSON would hold."""
    kind = field_of(_local(element.tag))
    if kind in {"categories", "salary"}:
        return {_local(child.tag): _xml_value(child) for child in element}
    if kind == "all_locations":
        return [child.text or "" for child in element]
    if kind == "lists":
        return [{_local(part.tag): _xml_value(part) for part in child} for child in element]
    inner = (etree.tostring(child, encoding="unicode") for child in element)
    return (element.text or "") + "".join(inner)


def _json_jobs(source: IO[bytes]) -> Iterator[JsonObject]:
    """The objects of one array, decoded one by one."""
    text = io.TextIOWrapper(source, encoding="utf-8", errors="replace")
    decoder, pending = json.JSONDecoder(), text.read(PIECE).lstrip("\ufeff \t\r\n")
    if not pending.startswith("["):
        raise FeedBrokenError("lever.feed_not_understood", "The feed is not a list of jobs.", "no JSON array")
    pending = pending[1:]
    try:
        while not (pending := pending.lstrip(", \t\r\n")).startswith("]"):
            try:
                job, end = decoder.raw_decode(pending)
            except ValueError:
                pending = _with_more(pending, text)
                continue
            pending = pending[end:]
            if isinstance(job, dict):
                yield job
    except RecursionError:
        raise FeedBrokenError("lever.feed_not_understood", "The feed is nested too deeply.") from None
    finally:
        text.detach()


def _with_more(pending: str, text: io.TextIOWrapper) -> str:
    more = text.read(max(PIECE, len(pending)))
    if not more or len(pending) > LARGEST_JOB:
        raise FeedBrokenError(
            "lever.feed_not_understood", "The feed cannot be read to its end.", "broken JSON"
        )
    return pending + more


def _json_value(value: object) -> object:
    if isinstance(value, str):
        return _json_text(value)
    if isinstance(value, dict):
        return {_json_text(name): _json_value(inner) for name, inner in value.items()}
    return [_json_value(inner) for inner in value] if isinstance(value, list) else value


def _json_text(value: str) -> str:
    """Without what neither XML nor a database can hold."""
    return value.replace("\0", "").encode("utf-8", "replace").decode()
