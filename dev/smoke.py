"""`make smoke`: the main job over HTTP, from invitation to reported conversion, on a stack of its own.

Once by discovery and once by hand. The last line of the output is one JSON object that says what was done and how
long each part took.
"""

import json

import requests

from .control_room import account_keys
from .journeys import ByDiscovery, ByHand
from .processes import StackError
from .stack import passing_stack
from .staff import Staff
from .visitor import Unexpected


def main() -> int:
    journeys: list[ByDiscovery] = []
    try:
        with passing_stack() as stack:
            staff = Staff(stack)
            first, second, *_ = account_keys(stack.ports.sandbox_url)
            journeys += [ByDiscovery(stack, staff, first), ByHand(stack, staff, second)]
            for journey in journeys:
                journey.run()
    except (Unexpected, StackError, requests.RequestException) as error:
        print(f"smoke    | {error}", flush=True)
    finally:  # the last line says what was done, whatever went wrong
        is_ok = bool(journeys) and all(journey.is_live for journey in journeys)
        by_discovery, by_hand = [journey.told() for journey in journeys] or ({}, {})
        print(json.dumps({"ok": is_ok, **by_discovery, "by_hand": by_hand}), flush=True)
    return 0 if is_ok else 1
