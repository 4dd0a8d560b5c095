from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.core.validators import validate_email

from tenants import invitations
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Invite a customer's first person, making the tenant where it does not exist. The mail carries the link."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the tenant's part of the address, such as northwind")
        parser.add_argument("email")
        parser.add_argument("--name", help="the company's name, for a new tenant")
        parser.add_argument("--client-id", default="")
        parser.add_argument("--ent-id", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        validate_email(options["email"])
        tenant, _ = Tenant.objects.get_or_create(
            slug=options["slug"],
            defaults={
                "name": options["name"] or options["slug"].capitalize(),
                "client_id": options["client_id"],
                "ent_id": options["ent_id"],
            },
        )
        invitations.invite(tenant, invitations.Invitee(options["email"]), invited_by=None)
        self.stdout.write(f"An invitation to {tenant.name} is on its way to {options['email']}.")
