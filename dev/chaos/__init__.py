"""`make chaos`: processes are killed while much happens, or faults are injected, and what came of it is accounted for.

The last line is one JSON object, which is also written to var/chaos.json.
"""

import json
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from ..processes import StackError
from ..servers import VAR
from ..visitor import Unexpected
from . import applications, faults, webhooks
from .saying import say


@dataclass(frozen=True, slots=True)
class Storm:
    """`run` is given how many, `fewest` at least, which processes may be killed, and a seed of chance."""

    run: Callable[[int, Sequence[str], int], dict[str, Any]]
    usual_count: int
    killed: Sequence[str]
    fewest: int = 20


STORMS = {
    "webhooks": Storm(webhooks.run, 50_000, ("web", "events", "deliveries", "worker")),
    "applications": Storm(applications.run, 20_000, ("deliveries",)),
    "faults": Storm(faults.run, 40, ("events", "deliveries", "worker"), fewest=30),
}


def main() -> int:
    told: dict[str, Any] = {"ok": False}
    try:
        storm = storm_asked()
        seed = seed_asked()
        told = {**storm.run(count_asked(storm), killed_as_asked(storm), seed), "seed": seed}
    except (Unexpected, StackError, requests.RequestException) as error:
        say(str(error))
    finally:  # the last line says so, too, when somebody breaks the run off
        VAR.mkdir(exist_ok=True)
        (VAR / "chaos.json").write_text(json.dumps(told, indent=2))
        print(json.dumps(told), flush=True)
    return 0 if told["ok"] else 1


def storm_asked() -> Storm:
    name = os.environ.get("ONLY") or "webhooks"
    if name not in STORMS:
        raise StackError(f"ONLY is {name!r}; give {' or '.join(STORMS)}.")
    return STORMS[name]


def count_asked(storm: Storm) -> int:
    text = os.environ.get("COUNT") or str(storm.usual_count)
    if not text.isdecimal() or int(text) < storm.fewest:
        raise StackError(f"COUNT is {text!r}; give how many, {storm.fewest} or more.")
    return int(text)


def seed_asked() -> int:
    """That of an earlier run repeats what chance decided in it."""
    text = os.environ.get("SEED") or str(random.SystemRandom().randrange(2**32))
    if not text.isdecimal():
        raise StackError(f"SEED is {text!r}; give the number that an earlier run said.")
    return int(text)


def killed_as_asked(storm: Storm) -> Sequence[str]:
    names = (os.environ.get("KILLED") or ",".join(storm.killed)).split(",")
    if not set(names) <= set(storm.killed):
        raise StackError(
            f"KILLED is {','.join(names)!r}; give {' or '.join(storm.killed)}, or several with a comma."
        )
    return names
