"""A feed's bytes as postings, read as a stream: memory does not grow with the number of jobs.

Both readers give jobs as plain values under our field names; `Reading` turns them into records and counts
what was odd.
"""

import io
import json
from collections import Counter
from collections.abc import Iterator
from typing import IO, cast

from lxml import etree

from tenants.phrases import Phrase, counted

from ..errors import ConfigurationError
from ..types import JsonObject, PostingRecord
from .feed_fields import LONGEST_FIELD, UnusableJobError, field_of, posting

PIECE = 64 * 1024
MOST_JOBS = 100_000
MOST_WARNINGS = 100
# Far above any real job; stops a file that never ends one from growing into memory.
LARGEST_JOB = 4 * 1024 * 1024
ROOT_TAGS = ("{*}jobs", "{*}Jobs", "{*}JOBS")
JOB_TAGS = ("{*}job", "{*}Job", "{*}JOB")


class FeedBrokenError(ConfigurationError):
    """What came cannot be read, or not to its end."""


class Reading:
    """One reading of one feed, of the JSON too when the XML breaks: no job is given twice."""

    def __init__(self, warnings: list[Phrase]) -> None:
        self.warnings = warnings
        self._seen: set[int] = set()
        self._unknown: Counter[str] = Counter()
        self._jobs = 0

    def xml(self, source: IO[bytes]) -> Iterator[PostingRecord]:
        for element in _xml_jobs(source):
            yield from self._take(self._xml_fields(element))
        self._report_unknown()

    def json(self, source: IO[bytes]) -> Iterator[PostingRecord]:
        for job in _json_jobs(source):
            yield from self._take(self._json_fields(job))
        self._report_unknown()

    def warn(self, warning: Phrase) -> None:
        if len(self.warnings) < MOST_WARNINGS:
            self.warnings.append(warning)

    def _take(self, fields: JsonObject) -> Iterator[PostingRecord]:
        self._jobs += 1
        if self._jobs > MOST_JOBS:
            raise ConfigurationError(
                "lever.feed_too_many_jobs", Phrase("The feed has more than %(most)s jobs.", most=MOST_JOBS)
            )
        try:
            record = posting(fields)
        except UnusableJobError as lack:
            self.warn(
                Phrase("Job %(number)s was left out: it has no %(lack)s.", number=self._jobs, lack=str(lack))
            )
            return
        key = hash(record.external_id)
        if key not in self._seen:
            self._seen.add(key)
            yield record

    def _xml_fields(self, job: etree._Element) -> dict[str, object]:
        return self._known((_local(child), _xml_value(child)) for child in job.iterchildren("*"))

    def _json_fields(self, job: JsonObject) -> dict[str, object]:
        return self._known((name, _json_value(value)) for name, value in job.items())

    def _known(self, pairs: Iterator[tuple[str, object]]) -> dict[str, object]:
        fields: dict[str, object] = {}
        for name, value in pairs:
            field = field_of(name)
            if field is None:
                self._unknown[name] += 1
            elif field and value and field not in fields:
                fields[field] = self._shortened(name, value)
        return fields

    def _shortened(self, name: str, value: object) -> object:
        if not isinstance(value, str) or len(value) <= LONGEST_FIELD:
            return value
        self.warn(
            Phrase(
                "Job %(number)s: %(field)s is longer than %(most)s characters and was cut.",
                number=self._jobs + 1,
                field=name,
                most=LONGEST_FIELD,
            )
        )
        return value[:LONGEST_FIELD]

    def _report_unknown(self) -> None:
        for name, count in self._unknown.most_common(10):
            self.warn(
                counted(
                    "%(count)s job has an element “%(name)s” that we do not know; it is not used.",
                    "%(count)s jobs have an element “%(name)s” that we do not know; it is not used.",
                    count,
                    name=name[:60],
                )
            )


def _xml_jobs(source: IO[bytes]) -> Iterator[etree._Element]:
    parser = etree.XMLPullParser(
        events=("start", "end"),
        tag=(*ROOT_TAGS, *JOB_TAGS),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,  # `collect_ids=False` would make libxml2 open the file that a DOCTYPE names
    )
    root, since_last_job = None, 0
    try:
        for piece in iter(lambda: source.read(PIECE), b""):
            parser.feed(piece)
            since_last_job += len(piece)
            for event, element in cast(Iterator[tuple[str, etree._Element]], parser.read_events()):
                if root is None:
                    root = _checked_root(element)
                elif event == "end" and element.getparent() is root:
                    yield element
                    _forget(element)
                    since_last_job = 0
            if since_last_job > LARGEST_JOB:
                raise FeedBrokenError(
                    "lever.feed_not_understood", "The feed is not a list of jobs.", "no job ends"
                )
        parser.close()
    except etree.XMLSyntaxError as error:
        raise FeedBrokenError(
            "lever.feed_not_understood",
            "The feed cannot be read: it is not well-formed XML.",
            f"line {error.lineno}",
        ) from None
    if root is None:
        raise FeedBrokenError(
            "lever.feed_not_understood", "The feed is not a list of jobs.", "no root <jobs>"
        )


def _checked_root(element: etree._Element) -> etree._Element:
    if element.getroottree().docinfo.internalDTD is not None:
        raise ConfigurationError("lever.feed_doctype", "The feed has a DOCTYPE, which we do not read.")
    if element.getparent() is not None or _local(element).lower() != "jobs":
        raise FeedBrokenError(
            "lever.feed_not_understood", "The feed is not a list of jobs.", "no root <jobs>"
        )
    return element


def _forget(element: etree._Element) -> None:
    parent = element.getparent()
    element.clear()
    while parent is not None and parent[0] is not element:
        del parent[0]


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _xml_value(element: etree._Element) -> object:
    """A text, the HTML inside, or for elements that group others what JSON would hold."""
    if not len(element):
        return (element.text or "").strip()
    kind = field_of(_local(element))
    if kind in {"categories", "salary"}:
        return {_local(child): _xml_value(child) for child in element}
    if kind == "all_locations":
        return [child.text or "" for child in element]
    if kind == "lists":
        return [{_local(part): _xml_value(part) for part in child} for child in element]
    inner = (etree.tostring(child, encoding="unicode") for child in element)
    return ((element.text or "") + "".join(inner)).strip()


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
    """Without what neither XML nor a database can hold."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {name: _json_value(inner) for name, inner in value.items()}
    return [_json_value(inner) for inner in value] if isinstance(value, list) else value
