"""`python -m sandbox`: flags, then serve until SIGTERM or SIGINT."""

import argparse
import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

from sandbox.server import Server
from sandbox.settings import settings_from
from sandbox.world import World


def main() -> None:
    flags = parse_flags()
    settings = settings_from(os.environ)
    if flags.account_folder:
        settings = replace(settings, account_folder=flags.account_folder)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with listening(flags, World(settings)) as server:
        print(f"sandbox ready on {server.url}", flush=True)
        stop.wait()


def parse_flags() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="A Lever and an Appcast on a laptop."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9100)
    parser.add_argument("--smtp-port", type=int, default=9125)
    parser.add_argument(
        "--account-folder", type=Path, help="folder of recorded Lever answers: one more account"
    )
    return parser.parse_args()


def listening(flags: argparse.Namespace, world: World) -> Server:
    return Server(world, flags.host, flags.port, flags.smtp_port)


if __name__ == "__main__":
    main()
