from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management.base import BaseCommand
from django.core.validators import validate_email

from tenants import audit
from tenants.models import User
from tenants.scoping import across_tenants


class Command(BaseCommand):
    help = (
        "Let a person use the desk: in a role, or else as a superuser, who decides on roles. They sign in by a mailed "
        "code and set up a second factor at the first visit."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--role", choices=User.Role.values, default="")
        parser.add_argument(
            "--totp-secret", help="base 32; for machines that hold the authenticator themselves"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        validate_email(options["email"])
        email = options["email"].strip().lower()
        user = User.objects.filter(email=email).first() or User.objects.create_user(email)
        user.is_staff, user.role, user.is_superuser = True, options["role"], not options["role"]
        user.save(update_fields=["is_staff", "role", "is_superuser"])
        with across_tenants("staff belong to no tenant"):
            audit.record("staff.made", user, tenant_id=None, actor="command line", role=user.role)
        if options["totp_secret"] and not Authenticator.objects.filter(user=user).exists():
            TOTP.activate(user, options["totp_secret"])
        self.stdout.write(f"{email} may use the desk.")
