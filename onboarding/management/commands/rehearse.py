import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.errors import ConfigurationError
from onboarding import rehearsals
from onboarding.evidence import gather
from onboarding.models import Rehearsal
from onboarding.steps.rehearsal_part import Part
from onboarding.steps.rehearsal_parts import needed, progress
from tenants.models import Tenant
from tenants.scoping import tenant_scope

POLL_SECONDS = 1.0


class Command(BaseCommand):
    help = "Send one test application of a tenant the whole way, and tell what it proved."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tenant", metavar="TENANT", help="the tenant's slug")
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--seconds", type=float, default=120, help="how long to wait (120)")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"Expected the slug of a tenant; no tenant is called {options['tenant']!r}.")
        try:
            latest = gather(tenant).rehearsal
            rehearsal = rehearsals.start(tenant, by=None, ends=latest.pk if latest else None)
        except ConfigurationError as error:
            raise CommandError(error.message) from None
        parts = self._watch(tenant, rehearsal, options["seconds"], is_quiet=options["json"])
        if options["json"]:
            told = [{"part": it.title, "state": it.state, "seconds": it.seconds} for it in parts]
            self.stdout.write(json.dumps(told, indent=2))
        unproved = [it.title for it in needed(parts) if it.state in {"waiting", "failed"}]
        if unproved:
            raise CommandError(f"Not proved within the time: {', '.join(unproved)}.")

    def _watch(self, tenant: Tenant, rehearsal: Rehearsal, seconds: float, *, is_quiet: bool) -> list[Part]:
        """Says each part once it is proved or has failed."""
        deadline, said = time.monotonic() + seconds, set[str]()
        while True:
            parts = _parts(tenant, rehearsal)
            for part in parts:
                if part.state in {"proved", "failed"} and part.title not in said and not is_quiet:
                    after = "" if part.seconds is None else f" after {part.seconds:.1f} s"
                    self.stdout.write(f"{part.title}: {part.state}{after}")
                    said.add(part.title)
            states = {part.state for part in needed(parts)}
            is_over = "waiting" not in states or "failed" in states
            if is_over or time.monotonic() > deadline:
                return parts
            time.sleep(POLL_SECONDS)


def _parts(tenant: Tenant, rehearsal: Rehearsal) -> list[Part]:
    with tenant_scope(tenant.pk):
        fresh = Rehearsal.objects.select_related("application__delivery", "tenant").get(pk=rehearsal.pk)
        return list(progress(fresh, gather(tenant)))
