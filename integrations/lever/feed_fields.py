"""A job of the feed, whatever its spelling, as a PostingRecord (contract 5).

The element names of Lever's XML are settled nowhere: several sources differ. So a name is looked up in a
table without regard to case, underscores and dashes, and categories count flat or nested.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from tenants.phrases import Phrase

from ..types import JsonObject, PostingRecord
from .wire import as_list, as_object, moment, objects, text

LONGEST_FIELD = 512 * 1024
LONGEST_ID = 100
MOST_UNKNOWN, LONGEST_UNKNOWN = 20, 500
MOST_LOCATIONS = 100
WORKPLACES = {"", "unspecified", "onsite", "remote", "hybrid"}
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

ALIASES = {
    "external_id": ("id", "jobId", "postingId"),
    "title": ("position", "title", "text"),
    "url": ("hostedUrl", "url", "jobUrl", "link"),
    "apply_url": ("applyUrl",),
    "location": ("location",),
    "all_locations": ("allLocations", "locations"),
    "country": ("country",),
    "department": ("department", "category"),
    "team": ("team",),
    "commitment": ("commitment", "jobType"),
    "workplace_type": ("workplaceType",),
    "opening": ("opening",),
    "description": ("description", "descriptionHtml"),
    "description_body": ("descriptionBody",),
    "lists": ("lists",),
    "additional": ("additional", "closing", "closingHtml"),
    "salary": ("salaryRange",),
    "salary_description": ("salaryDescription",),
    "created_at": ("postDate", "createdAt", "postedAt", "date"),
    "categories": ("categories",),
}
# Known and not needed: plain copies of the HTML above, and the customer's own name.
PASSED_OVER = (
    *(
        "openingPlain",
        "descriptionPlain",
        "descriptionBodyPlain",
        "additionalPlain",
        "salaryDescriptionPlain",
    ),
    *("employer", "company", "level", "tags", "updatedAt"),
)


def normal(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


FIELDS = {normal(alias): field for field, aliases in ALIASES.items() for alias in aliases}
FIELDS |= {normal(name): "" for name in PASSED_OVER}


@lru_cache(maxsize=1000)
def field_of(name: str) -> str | None:
    """The field that an element or key means, "" when it is not needed, None when it is unknown."""
    return FIELDS.get(normal(name))


class UnusableJobError(Exception):
    """Names what a job lacks."""


def posting(pairs: Iterable[tuple[str, object]]) -> PostingRecord:
    """Of a job's names and values as they came: texts, or lists and objects as JSON has them.

    Raises UnusableJobError.
    """
    told = Told.of(pairs)
    fields = {**_categories(told.fields), **told.fields}
    url, apply_url = _addresses(fields)
    external_id = text(fields, "external_id") or _id_in(url)
    title = text(fields, "title")
    lacking = [name for name, value in (("id", external_id), ("title", title), ("address", url)) if not value]
    if lacking:
        raise UnusableJobError(" and ".join(lacking))
    if len(external_id) > LONGEST_ID:
        raise UnusableJobError("usable id")
    location = text(fields, "location")
    return PostingRecord(
        external_id=external_id,
        title=title,
        url=url,
        apply_url=apply_url,
        location=location,
        all_locations=_texts(fields.get("all_locations"))[:MOST_LOCATIONS]
        or ((location,) if location else ()),
        country=text(fields, "country"),
        department=text(fields, "department"),
        team=text(fields, "team"),
        commitment=text(fields, "commitment"),
        workplace_type=_workplace(text(fields, "workplace_type")),
        description_html=_description(fields),
        salary=_salary(fields.get("salary")) or text(fields, "salary_description"),
        created_at=_created_at(fields.get("created_at")),
        unknown=told.unknown,
        warnings=(*told.warnings, *_odd(fields)),
    )


@dataclass(frozen=True, slots=True)
class Told:
    """A job's values by our names; of two that mean the same the first."""

    fields: dict[str, object]
    unknown: dict[str, str]
    warnings: list[Phrase]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, object]]) -> "Told":
        told = cls({}, {}, [])
        for name, value in pairs:
            field = field_of(name)
            if field is None:
                told._keep(name, value)
            elif field and value and field not in told.fields:
                told.fields[field] = told._shortened(name, value)
        return told

    def _keep(self, name: str, value: object) -> None:
        if len(self.unknown) < MOST_UNKNOWN:
            self.unknown[name[:60]] = str(value)[:LONGEST_UNKNOWN]

    def _shortened(self, name: str, value: object) -> object:
        if not isinstance(value, str) or len(value) <= LONGEST_FIELD:
            return value
        self.warnings.append(
            Phrase(
                "%(field)s is longer than %(most)s characters and was cut.", field=name, most=LONGEST_FIELD
            )
        )
        return value[:LONGEST_FIELD]


def _odd(fields: JsonObject) -> Iterator[Phrase]:
    if not text(fields, "apply_url"):
        yield Phrase("The feed tells no address of the application form; we take the job's page for it.")
    if len(_texts(fields.get("all_locations"))) > MOST_LOCATIONS:
        yield Phrase(
            "The feed tells more than %(most)s locations; we take the first of them.", most=MOST_LOCATIONS
        )
    workplace = text(fields, "workplace_type")
    if _workplace(workplace) not in WORKPLACES:
        yield Phrase("The workplace type “%(type)s” is not one that we know.", type=workplace)


def _categories(fields: JsonObject) -> dict[str, object]:
    nested = as_object(fields.get("categories"))
    return {field: value for name, value in nested.items() if (field := field_of(name))}


def _addresses(fields: JsonObject) -> tuple[str, str]:
    """The job's page and its form, exactly as Lever gives them; an absent one is derived from the other."""
    url, apply_url = (_web(text(fields, name)) for name in ("url", "apply_url"))
    url = url or apply_url.removesuffix("/").removesuffix("/apply")
    return url, apply_url or (f"{url}/apply" if url else "")


def _web(url: str) -> str:
    return url if url.lower().startswith(("https://", "http://")) else ""


def _id_in(url: str) -> str:
    found = UUID.search(url)
    return found[0].lower() if found else ""


def _texts(value: object) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else as_list(value)
    return tuple(item.strip() for item in values if isinstance(item, str) and item.strip())


def _workplace(value: str) -> str:
    """The README says `on-site`, the API `onsite`."""
    return value.replace("-", "").lower()


def _description(fields: JsonObject) -> str:
    body = text(fields, "description") or "\n".join(_present(fields, ("opening", "description_body")))
    lists = (
        f"<h3>{text(item, 'text')}</h3><ul>{text(item, 'content')}</ul>"
        for item in objects(fields.get("lists"))
    )
    return "\n".join(part for part in (body, *lists, text(fields, "additional")) if part)


def _present(fields: JsonObject, names: Iterable[str]) -> list[str]:
    return [value for name in names if (value := text(fields, name))]


def _salary(value: object) -> str:
    """A text in XML, an object in JSON: `USD 90000 to 120000 per-year-salary`."""
    if not isinstance(value, Mapping):
        return value.strip() if isinstance(value, str) else ""
    amounts = " to ".join(amount for end in ("min", "max") if (amount := _amount(value.get(end))))
    return " ".join(part for part in (text(value, "currency"), amounts, text(value, "interval")) if part)


def _amount(value: object) -> str:
    if isinstance(value, str):
        return value
    try:
        return f"{value:.2f}".removesuffix(".00") if isinstance(value, int | float) else ""
    except OverflowError:  # no salary has so many digits
        return ""


def _created_at(value: object) -> datetime | None:
    """Epoch milliseconds, or a date as ISO 8601 writes it."""
    found = moment(value)
    if found or not isinstance(value, str):
        return found
    try:
        date = datetime.fromisoformat(value.strip())
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # in another zone it may be beyond all years
        return None
