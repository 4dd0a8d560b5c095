"""What Appcast remembers: the portals that it sends applications to, and the conversions that came back."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Sender:
    """A tenant that Appcast Apply may post applications to."""

    tenant: str
    portal_url: str
    secret: str


@dataclass(frozen=True)
class Conversion:
    at: int
    event: dict[str, Any]
    is_repeat: bool


@dataclass(frozen=True)
class SentApplication:
    at: int
    tenant: str
    application_id: str
    job_reference: str
    status: int | None


@dataclass
class Appcast:
    senders: dict[str, Sender] = field(default_factory=dict)
    conversions: list[Conversion] = field(default_factory=list)
    event_ids: set[str] = field(default_factory=set)
    applications: list[SentApplication] = field(default_factory=list)

    def keep(self, event: dict[str, Any], at: int) -> None:
        self.conversions.append(Conversion(at, event, event["event_id"] in self.event_ids))
        self.event_ids.add(event["event_id"])
