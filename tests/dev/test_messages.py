"""The catalogues are made from the sources without gettext's programs."""

from pathlib import Path

from dev.messages import gathered, messages_of
from integrations.lever import refusals
from integrations.services import work

TEMPLATE = """{% extends "base.html" %}{% load i18n %}
  {% translate "Sign in" %}
      {% blocktranslate trimmed count n=n %}
        {{ n }} job
    {% plural %}
        {{ n }} jobs
  {% endblocktranslate %}
{{ at|default:_("Not yet") }}"""
MODULE = """
raise ConfigurationError("code", Phrase("Expected %(what)s.", what=Phrase("a link")), "detail")
raise RateLimitedError("code", "Later.", "detail", counted("%(count)s job", "%(count)s jobs", 3))
"""


def found(path: Path, text: str) -> list[str | tuple[str, ...]]:
    path.write_text(text)
    return [message for _, message, *_ in messages_of(path)]


def test_templates_tell_their_messages_whatever_their_indentation(tmp_path: Path) -> None:
    assert found(tmp_path / "a.html", TEMPLATE) == ["Sign in", ("%(n)s job", "%(n)s jobs"), "Not yet"]


def test_phrases_and_the_messages_of_errors_are_found_within_one_another(tmp_path: Path) -> None:
    assert found(tmp_path / "a.py", MODULE) == [
        "Expected %(what)s.",
        "a link",
        "Later.",
        ("%(count)s job", "%(count)s jobs"),
    ]


def test_what_stands_in_tables_is_gathered_too() -> None:
    others = (refusals.OTHER_REFUSAL, refusals.MOVED, refusals.UNAVAILABLE, refusals.UNCONFIRMED)
    said = {message.text for _, _, message in (*refusals.REFUSALS.values(), *others)}
    assert said | {work.WORN_OUT["error_message"]} <= {message.id for message in gathered()}
