import io
import os
from argparse import ArgumentParser
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from integrations.errors import IntegrationError
from onboarding import problems
from onboarding.demo.sandbox import SandboxError
from onboarding.demo.stories import ENDS, STORIES, Story
from onboarding.demo.way import TooSlowError
from tenants.models import Tenant

# As many as the demo has.
MOST_AT_ONCE = len(STORIES)


class Command(BaseCommand):
    help = "Tell the demo's stories against the sandbox, at a first start and again after every other."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for end in ENDS:
            parser.add_argument(
                f"--{end}", nargs="+", metavar="ACCOUNT", default=[], help="instead: take these all the way"
            )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("The demo is for development: ENVIRONMENT is production.")
        staff = self._staff()
        stories = _of_accounts(options) or STORIES
        with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
            warnings = [it for it in pool.map(_tell, stories) if it]
        self.stdout.write("\n".join([*_lines(staff, stories), *warnings]))

    def _staff(self) -> str:
        """Customer Success; the second factor is on the sandbox's page of codes."""
        email, _, secret = os.environ["SANDBOX_TOTP_SECRETS"].split(",")[0].rpartition(":")
        call_command("staff", email, totp_secret=secret, stdout=io.StringIO())
        return email


def _of_accounts(options: dict[str, Any]) -> Sequence[Story]:
    """Of accounts that are named, whatever the demo tells of them."""
    return [
        Story(key, f"Company {key}", end, ENDS[end]) for end in ENDS for key in options[end.replace("-", "_")]
    ]


def _tell(story: Story) -> str:
    """On a thread of its own: the stories wait for the worker, not for one another. A warning when it got stuck."""
    tenant, _ = Tenant.objects.get_or_create(
        slug=story.slug,
        defaults={"name": story.name, "client_id": f"client-{story.slug}", "ent_id": f"ent-{story.slug}"},
    )
    try:
        story.tell(tenant)
        problems.diagnose(tenant)
    except (TooSlowError, SandboxError, IntegrationError) as error:
        return (
            f"  Not told to its end: {story.name} ({story.summary}): {error}. The next start tells it again."
        )
    finally:
        connection.close()
    return ""


def _lines(staff: str, stories: Sequence[Story]) -> list[str]:
    who = f"  {staff:<28}Customer Success, with a one-time code besides"
    return ["Sign in with a code, which arrives in the inbox:", who, *map(_line, stories)]


def _line(story: Story) -> str:
    return f"  {story.email:<28}{story.name}: {story.summary}"
