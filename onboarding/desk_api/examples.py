"""How the desk's figures look."""

from datetime import UTC, date, datetime

from .shapes import (
    Day,
    FleetReport,
    IncidentLine,
    OpenProblem,
    ProblemGroup,
    Step,
    TenantLine,
    TenantPage,
    TenantReport,
    Waiting,
)

AT = datetime(2026, 1, 31, 10, 4, tzinfo=UTC)
LINE = TenantLine(
    tenant="acme",
    name="Acme",
    status="live",
    waits_on="staff",
    waits_since=AT,
    last_event_at=AT,
    settled=8,
    delivered=412,
    held=1,
    under_way=3,
    rejected=2,
    conversions_sent=520,
    conversions_waiting=4,
)
TENANTS = TenantPage(tenants=[LINE], next="")
TENANT = TenantReport(
    tenant="acme",
    status="live",
    waits_on="staff",
    waits_since=AT,
    steps={"authorize": Step(state="done", says="Lever answered to our access.")},
    counts={
        "postings": 40,
        "applications": 418,
        "delivered": 412,
        "events_processed": 990,
        "conversions_sent": 520,
    },
    problems=[
        OpenProblem(
            code="delivery.held",
            subject="",
            since=AT,
            who="staff",
            status="open",
            weight="high",
            detail="1 application",
            remedy="Open the deliveries: say whether each arrived, or send it again once its reason is mended.",
        )
    ],
)
FLEET = FleetReport(
    tenants={"onboarding": 12, "live": 88, "paused": 1, "offboarded": 3},
    waits=[Waiting(who="customer", tenants=9, since=AT)],
    problems=[ProblemGroup(code="feed.unanswered", tenants=41, since=AT, weight="middle", who="provider")],
    incidents=[IncidentLine(code="feed.unanswered", tenants=41, since=AT, says="Lever did not answer.")],
    still=[],
    silent_since=None,
    days=[Day(date=date(2026, 1, 31), accepted=310, delivered=305, events=1200, conversions=400)],
)
