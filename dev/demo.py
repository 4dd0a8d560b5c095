"""`make demo`: the portal with demo tenants and people, until Ctrl-C."""

import os
import time
from contextlib import suppress

from .processes import StackError
from .stack import Stack, kept_stack

WATCH_SECONDS = 0.5
# It gives up by itself what stands still.
SEED_SECONDS = 1800
WHERE_TO_CLICK = """
The portal is ready. Ctrl-C stops it; what you do is still there at the next `make demo`.

  Portal                       {portal}/
  Customer Success (staff)     {portal}/admin/
  Mail that the portal sent    {sandbox}/inbox
  Sign-in codes of the staff   {sandbox}/authenticator
  Lever, the stand-in          {sandbox}/settings/integrations
  Faults to switch on          {sandbox}/control
  Appcast, the stand-in        {sandbox}/appcast

{people}"""


def main() -> None:
    with kept_stack(web_port()) as stack:
        people = stack.manage("seed_demo", seconds=SEED_SECONDS)
        ports = stack.ports
        print(
            WHERE_TO_CLICK.format(portal=ports.portal_url, sandbox=ports.sandbox_url, people=people),
            flush=True,
        )
        with suppress(SystemExit):  # Ctrl-C is how a demo ends, not a failure
            watch(stack)


def web_port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 1024 <= int(text) <= 64000:
        raise StackError(f"PORT is {text!r}; give a number from 1024 to 64000, such as PORT=8000.")
    return int(text)


def watch(stack: Stack) -> None:
    """Raises StackError when a process ends by itself."""
    while True:
        for process in stack.processes.values():
            if process.has_ended:
                raise StackError(process.ending())
        time.sleep(WATCH_SECONDS)
