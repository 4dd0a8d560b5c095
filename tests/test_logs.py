"""What the portal writes down, on a laptop and in production."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from django.test import Client

from config.logs import logging_config

SECRET = "what only a local variable holds"
Written = Callable[[], str]


@pytest.fixture(params=["production", "laptop"])
def written(request: pytest.FixtureRequest) -> Iterator[Written]:
    """What has come out so far at one more handler, formatted as the settings say."""
    config: Any = logging_config(as_json=request.param == "production")
    line = dict(config["formatters"]["line"])
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(line.pop("()")(**line))
    logging.getLogger().addHandler(handler)
    yield handler.stream.getvalue
    logging.getLogger().removeHandler(handler)


def written_of_an_error(written: Written) -> str:
    try:
        fail()
    except ValueError:
        structlog.get_logger("portal").exception("sync_failed", feed=7)
        logging.getLogger("library").exception("it failed")
    return written()


def fail() -> None:
    held = SECRET  # noqa: F841  a debugger would show it
    raise ValueError("no such posting")


def test_a_traceback_shows_where_and_not_what_was_held(written: Written) -> None:
    lines = written_of_an_error(written)
    assert lines.count("ValueError: no such posting") == 2
    assert "in fail" in lines
    assert SECRET not in lines


@pytest.mark.parametrize("written", ["production"], indirect=True)
def test_a_line_in_production_is_one_json_object_whoever_wrote_it(written: Written) -> None:
    ours, theirs = map(json.loads, written_of_an_error(written).splitlines())
    assert (ours["event"], ours["feed"], theirs["event"]) == ("sync_failed", 7, "it failed")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/invitations/key-in-the-address/",
        "/notices/key-in-the-address/",
        "/webhooks/lever/key-in-the-address",
        "/feeds/key-in-the-address.xml",
    ],
)
def test_an_address_that_opens_something_is_not_written_down(written: Written, address: str) -> None:
    Client(enforce_csrf_checks=True).post(f"{address}?from=mail")
    Client().get(address)
    assert address.partition("key")[0] in written()
    assert "key-in-the-address" not in written()


@pytest.mark.django_db
def test_whom_somebody_looked_for_is_not_written_down(written: Written) -> None:
    Client(enforce_csrf_checks=True).post("/no-such-page/?o=1&q=robin%40candidates.example&p=2")
    Client().get("/no-such-page/?q=robin@candidates.example")
    structlog.get_logger("portal").info("asked", address="/admin/?q=robin@candidates.example")
    assert "/admin/?q=" in written()
    assert "robin" not in written()
