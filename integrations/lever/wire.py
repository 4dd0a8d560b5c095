"""Taking values out of Lever's JSON: unknown fields are passed over, a wrong type counts as absent."""

from datetime import UTC, datetime, timedelta

from ..types import JsonObject

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_object(value: object) -> JsonObject:
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """Lever's examples show some lists as one object, or as an object of objects: all three are taken."""
    if isinstance(value, dict):
        return [value] if "id" in value else list(value.values())
    return list(value) if isinstance(value, list) else []


def objects(value: object) -> list[JsonObject]:
    return [item for item in as_list(value) if isinstance(item, dict)]


def text(record: JsonObject, key: str) -> str:
    value = record.get(key)
    return value.strip() if isinstance(value, str) else ""


def number(record: JsonObject, key: str) -> float:
    value = record.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def ids(value: object) -> tuple[str, ...]:
    """The ids in a list that holds ids, or whole objects where they were expanded."""
    found = (item if isinstance(item, str) else text(as_object(item), "id") for item in as_list(value))
    return tuple(external_id for external_id in found if external_id)


def one_id(value: object) -> str:
    return next(iter(ids([value])), "")


def moment(value: object) -> datetime | None:
    """Epoch milliseconds, as a number or as digits."""
    try:
        return EPOCH + timedelta(milliseconds=int(value)) if isinstance(value, int | str) else None
    except (ValueError, OverflowError):
        return None
