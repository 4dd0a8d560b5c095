"""Reading the stages of every account again: daily, and at once when an event names a stage that nobody knows."""

from ..models import StageReading
from . import grants, readings, stages


def read(reading_id: int) -> None:
    readings.read_again(StageReading, reading_id, _read)


def hasten() -> None:
    """In the tenant's scope."""
    readings.hasten(StageReading)


def _read(row: StageReading) -> None:
    stages.keep_discovered(row.tenant_id, grants.call(row.tenant_id, lambda client: client.stages()))
