from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from onboarding.desk_api import keys


class Command(BaseCommand):
    help = (
        "Issue a key with which a dashboard reads the desk's figures (/api/v1/docs). It is shown this once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="whose dashboard it is")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(keys.issue(options["name"], by="command line"))
