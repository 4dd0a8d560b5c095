from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.errors import ConfigurationError
from integrations.services import senders
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Issue a secret with which Appcast Apply signs a tenant's applications; it is printed this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tenant", metavar="TENANT", help="the tenant's slug")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"Expected the slug of a tenant; no tenant is called {options['tenant']!r}.")
        try:
            self.stdout.write(senders.issue(tenant, by="command line"))
        except ConfigurationError as error:
            raise CommandError(error.message.english) from None
