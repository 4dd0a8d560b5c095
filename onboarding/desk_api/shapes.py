"""The shapes of the desk's figures; `doctor --json` tells a tenant in the same."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from integrations.appcast.replies import Moment


class Figures(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Step(Figures):
    state: str
    says: str


class OpenProblem(Figures):
    code: str = Field(description="As the runbook lists it.")
    subject: str
    since: Moment
    who: str = Field(description="Who acts: customer, staff, engineer or provider.")
    status: str = Field(description="open, acknowledged or snoozed.")
    weight: str = Field(description="high, middle or low.")
    detail: str
    remedy: str


class TenantReport(Figures):
    tenant: str = Field(description="Its name in addresses.")
    status: str
    waits_on: str = Field(description="Who acts next; empty for nobody.")
    waits_since: Moment | None
    steps: dict[str, Step]
    counts: dict[str, int]
    problems: list[OpenProblem]


class TenantLine(Figures):
    tenant: str
    name: str
    status: str
    waits_on: str
    waits_since: Moment | None
    last_event_at: Moment | None
    settled: int = Field(description="Steps that are settled.")
    delivered: int
    held: int
    under_way: int
    rejected: int
    conversions_sent: int
    conversions_waiting: int


class TenantPage(Figures):
    tenants: list[TenantLine]
    next: str = Field(description="Ask with `after` of this value for those that follow; empty at the end.")


class Waiting(Figures):
    who: str
    tenants: int
    since: Moment | None


class ProblemGroup(Figures):
    code: str
    tenants: int
    since: Moment
    weight: str
    who: str


class IncidentLine(Figures):
    code: str
    tenants: int
    since: Moment
    says: str


class Day(Figures):
    date: date
    accepted: int
    delivered: int
    events: int
    conversions: int


class StillQueue(Figures):
    """Nobody has worked on it for ten minutes; `since` is null where nobody ever did."""

    queue: str
    since: Moment | None
    means: str = Field(description="What does not happen meanwhile.")
    who: str = Field(description="Who acts.")


class FleetReport(Figures):
    tenants: dict[str, int] = Field(description="By status.")
    waits: list[Waiting]
    problems: list[ProblemGroup]
    incidents: list[IncidentLine]
    still: list[StillQueue] = Field(description="Queues whose workers are stopped, or far behind.")
    silent_since: Moment | None = Field(description="The last look at any tenant, where it is too long ago.")
    days: list[Day]
