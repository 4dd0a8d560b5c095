from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants import audit_chain
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Check that no event of the audit trail was changed or removed, or export them as lines of JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("do", choices=["check", "export"])
        parser.add_argument(
            "--tenant", metavar="SLUG", help="else what belongs to no tenant, or all to check"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        tenant_id = self._tenant(options["tenant"])
        if options["do"] == "export":
            self.stdout.writelines(f"{line}\n" for line in audit_chain.export(tenant_id))
            return
        tenants = [tenant_id] if tenant_id else [None, *Tenant.objects.values_list("pk", flat=True)]
        chains = audit_chain.check_each(tenants)
        broken = [f"tenant {it}: {said}" for it, chain in chains.items() for said in chain.broken]
        if broken:
            raise CommandError("\n".join(["The audit trail was tampered with:", *broken]))
        self.stdout.write(f"{sum(it.length for it in chains.values())} events, none changed or missing.")

    def _tenant(self, slug: str | None) -> int | None:
        if slug is None:
            return None
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is None:
            raise CommandError(f"Expected the slug of a tenant; {slug!r} is none.")
        return tenant.pk
