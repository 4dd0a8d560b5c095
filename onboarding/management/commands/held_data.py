import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from onboarding.held_data import held_on


class Command(BaseCommand):
    help = "Print what is held on a person, as JSON: their account with what refers to it, and their applications."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        held = held_on(options["email"], "command line")
        self.stdout.write(json.dumps(held, indent=2, ensure_ascii=False, default=str))
