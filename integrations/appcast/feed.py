"""The job feed that leaves us (contract, section 2): all open jobs of a tenant, each time anew."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from html import escape

from .markup import allowed, sanitised_html, text_of
from .places import Place, place
from .references import references_of

SHORTEST_BODY = 50
START, END = b'<?xml version="1.0" encoding="UTF-8"?>\n<jobs>\n', b"</jobs>\n"


@dataclass(frozen=True, slots=True)
class FeedJob:
    """A published posting. `url` is exactly the provider's; `country` and `locations` are as customers wrote them.

    The first location is the posting's own, so `country` is believed of it; other locations may be elsewhere.
    `body_html` is sanitised once more on its way out.
    """

    posting_external_id: str
    title: str
    company: str
    url: str
    posted_on: date
    locations: tuple[str, ...] = ()
    country: str = ""
    job_type: str = ""
    category: str = ""
    body_html: str = ""
    is_mobile_friendly: bool = False


def jobs_xml(jobs: Iterable[FeedJob]) -> Iterator[bytes]:
    """The document in UTF-8, piece by piece in one pass; a `<job>` for each place of a posting."""
    yield START
    for job in jobs:
        yield from (element.encode() for element in _elements(job))
    yield END


def warnings_of(job: FeedJob) -> tuple[str, ...]:
    """For customers: why job boards may not show the job, and what to change in the posting."""
    return tuple(_warnings(job))


def _warnings(job: FeedJob) -> Iterator[str]:
    unplaced = [location for location, where in _places(job).values() if location and not where.city]
    if not any(location.strip() for location in job.locations):
        yield "The job has no location: job boards may never show it. Give it one, such as “Columbus, OH”."
    elif unplaced:
        names = ", ".join(f"“{location}”" for location in unplaced)
        yield f"No town was found in {names}: job boards may never show the job there. Write it as “Columbus, OH”."
    length = len(text_of(job.body_html))
    if length < SHORTEST_BODY:
        yield f"The description has {length} characters of text: job boards expect at least {SHORTEST_BODY}."
    if not job.url.lower().startswith("https://"):
        yield "The job's address does not begin with https://: job boards may refuse it."


def _places(job: FeedJob) -> dict[str, tuple[str, Place]]:
    """Location and place by reference."""
    own = next((location for location in job.locations if location.strip()), "")
    references = references_of(job.posting_external_id, job.locations)
    return {
        reference: (location, _place(location, job.country, is_own=location == own))
        for reference, location in references.items()
    }


def _place(location: str, country: str, *, is_own: bool) -> Place:
    """Elsewhere a code may be another country's: `Boston, MA` of a posting in Ireland."""
    found = place(location, country if is_own else "")
    return found if found.country else place(location, country)


def _elements(job: FeedJob) -> Iterator[str]:
    body = _cdata(sanitised_html(job.body_html))
    for reference, (location, where) in _places(job).items():
        fields = {
            "job_reference": reference,
            "title": _line(job.title),
            "company": _line(job.company),
            "url": job.url,
            "location": _line(location),
            "city": where.city,
            "state": where.state,
            "zip": "",  # Lever has none
            "country": where.country,
            "job_type": _line(job.job_type),
            "posted_at": job.posted_on.isoformat(),
            "category": _line(job.category),
            "html_jobs": "Yes",
            "mobile_friendly_apply": "Yes" if job.is_mobile_friendly else "No",
        }
        lines = (
            f"<{name}>{escape(allowed(value), quote=False)}</{name}>\n" for name, value in fields.items()
        )
        yield f"<job>\n{''.join(lines)}<body>{body}</body>\n</job>\n"


def _line(text: str) -> str:
    return " ".join(text.split())


def _cdata(text: str) -> str:
    """What would end the section early is divided between two."""
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"
