"""The job feed that leaves us (contract, section 2): between its start and its end the elements of each open job."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from tenants.phrases import Phrase, counted

from .markup import allowed, sanitised_html, text_of
from .places import Place, place
from .references import references_of

SHORTEST_BODY = 50
ENOUGH = 2000
NO_TEXT = re.compile(r"<[^>]*>?|&[^;\s]*;?|\s+")
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


@dataclass(frozen=True, slots=True)
class Finding:
    """Why job boards may not show the job, and what to change in the posting."""

    code: str
    says: Phrase


def findings_of(job: FeedJob) -> Iterator[Finding]:
    unplaced = [location for location, where in _places(job).values() if location and not where.city]
    if not any(location.strip() for location in job.locations):
        yield Finding(
            "no_location",
            Phrase(
                "The job has no location: job boards may never show it. Give it one, such as “Columbus, OH”."
            ),
        )
    elif unplaced:
        yield Finding("no_town", _without_town(unplaced))
    length = _text_length(job.body_html)
    if length < SHORTEST_BODY:
        yield Finding(
            "short_body",
            counted(
                "The description has %(count)s character of text: job boards expect at least %(least)s.",
                "The description has %(count)s characters of text: job boards expect at least %(least)s.",
                length,
                least=SHORTEST_BODY,
            ),
        )
    if not job.url.lower().startswith("https://"):
        yield Finding(
            "not_https",
            Phrase("The job's address does not begin with https://: job boards may refuse it."),
        )


def _text_length(body_html: str) -> int:
    """Read closely only where a rough look does not find enough."""
    rough = len(NO_TEXT.sub("", body_html[:ENOUGH]))
    return rough if rough >= SHORTEST_BODY else len(text_of(body_html))


def _without_town(locations: Sequence[str]) -> Phrase:
    return Phrase(
        "No town was found in %(names)s: job boards may never show the job there. Write it as “Columbus, OH”.",
        names=", ".join(f"“{location}”" for location in locations),
    )


def places_of(job: FeedJob) -> list[str]:
    """Where job boards show it: town, state and country as they were understood, else as it was written."""
    return [
        ", ".join(part for part in (where.city, where.state, where.country) if part)
        if where.city
        else location
        for location, where in _places(job).values()
    ]


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


def elements_of(job: FeedJob) -> Iterator[str]:
    """A `<job>` for each place of the posting."""
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
