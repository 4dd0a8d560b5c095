import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.models import Application, Conversion, Delivery, Posting
from onboarding import problems
from onboarding.checklist import checklist
from onboarding.evidence import gather
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from webhooks.models import WebhookEvent


class Command(BaseCommand):
    help = "All checks of one tenant, or of all: each step's state, and the problems that are open."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        tenants = Tenant.objects.exclude(status=Tenant.Status.OFFBOARDED)
        if options["tenant"]:
            tenants = Tenant.objects.filter(slug=options["tenant"])
            if not tenants:
                raise CommandError(
                    f"Expected the slug of a tenant; no tenant is called {options['tenant']!r}."
                )
        reports = [report(tenant) for tenant in tenants]
        self.stdout.write(
            json.dumps(reports, indent=2) if options["json"] else "\n\n".join(map(text, reports))
        )


def report(tenant: Tenant) -> dict[str, Any]:
    found = problems.diagnose(tenant)
    with tenant_scope(tenant.pk):
        entries = checklist(gather(tenant)).entries
        counts = count()
    return {
        "tenant": tenant.slug,
        "status": tenant.status,
        "steps": {it.step.key: {"state": it.told.state, "says": it.told.says} for it in entries},
        "counts": counts,
        "problems": [
            {
                "code": it.code,
                "subject": it.subject,
                "since": it.since.isoformat(),
                "who": it.actor,
                "detail": it.detail.english,
                "remedy": problems.KINDS[it.code].remedy,
            }
            for it in found
        ],
    }


def count() -> dict[str, int]:
    """In the tenant's scope."""
    return {
        "postings": Posting.objects.filter(closed_at=None).count(),
        "applications": Application.objects.count(),
        "delivered": Delivery.objects.filter(status=Delivery.Status.DELIVERED).count(),
        "events_processed": WebhookEvent.objects.filter(status=WebhookEvent.Status.PROCESSED).count(),
        "conversions_sent": Conversion.objects.filter(status=Conversion.Status.SENT).count(),
    }


def text(report: dict[str, Any]) -> str:
    steps = [f"  {key:<12}{it['state']:<17}{it['says']}" for key, it in report["steps"].items()]
    found = [
        f"  ! {it['code']} since {it['since'][:16]} ({it['who']}): {it['detail']}\n    {it['remedy']}"
        for it in report["problems"]
    ]
    return "\n".join([f"{report['tenant']} ({report['status']})", *steps, *(found or ["  no open problem"])])
