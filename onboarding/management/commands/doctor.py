import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from onboarding import problems
from onboarding.desk_api import reports
from tenants.models import Tenant


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
    """After a look of its own; the desk and its figures tell what that saw."""
    problems.diagnose(tenant)
    return reports.of_tenant(tenant).model_dump(mode="json")


def text(report: dict[str, Any]) -> str:
    steps = [f"  {key:<12}{it['state']:<17}{it['says']}" for key, it in report["steps"].items()]
    found = [
        f"  ! {it['code']} since {it['since'][:16]} ({it['who']}): {it['detail']}\n    {it['remedy']}"
        for it in report["problems"]
    ]
    return "\n".join([f"{report['tenant']} ({report['status']})", *steps, *(found or ["  no open problem"])])
