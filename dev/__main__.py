"""`python -m dev COMMAND`: each command is a module beside this one with a `main`."""

import argparse
import importlib
import sys

from .processes import StackError, stop_on_signals

COMMANDS = ("audit", "bench", "chaos", "chromium", "demo", "lint", "messages", "sbom", "servers", "smoke")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m dev", description=__doc__)
    command = parser.add_argument("command", choices=COMMANDS) and parser.parse_args().command
    stop_on_signals()
    try:
        return importlib.import_module(f"dev.{command}").main() or 0
    except StackError as error:
        print(f"{command}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
