from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.services import resealing
from tenants.sealing import SealError, mark

TOLD_EVERY = 1000


class Command(BaseCommand):
    help = (
        "Seal anew, after a new key was put first into SEALING_KEYS. It can be stopped and started again at any time; "
        "the keys before may go once it says that nothing is sealed with them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--new-data-keys", action="store_true", help="give each tenant a new key, and use that"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if given := resealing.give_missing_keys():
            self.stdout.write(f"{given} tenants had no key, and were given one.")
        try:
            keys = resealing.seal_keys_anew()
        except SealError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{keys} keys sealed anew.")
        if options["new_data_keys"]:
            resealing.make_new_data_keys()
        broken = self._seal_values()
        staying = resealing.drop_old_data_keys()
        if staying:
            self.stdout.write(f"{staying} older data keys stay: run this again in a few minutes.")
        if broken:
            raise CommandError("\n".join(["These do not open and were left as they are:", *broken]))
        self.stdout.write(
            f"Nothing is sealed with another key than {mark()[:-1]}, but what the tenants' keys seal."
        )

    def _seal_values(self) -> list[str]:
        left, progress = resealing.count_left(), resealing.Progress()
        for progress in resealing.seal_values_anew():
            if progress.done % TOLD_EVERY < resealing.MOST_AT_ONCE:
                self.stdout.write(f"{progress.done} of {left} values sealed anew.")
        self.stdout.write(f"{progress.done} of {left} values sealed anew.")
        return progress.broken
