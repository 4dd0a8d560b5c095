"""Can this machine build the virtual environment? The standard library only, and readable by an old Python.

Run by `make` before anything is installed: `python3 dev/preflight.py`. Silent when all is well.
"""

from __future__ import annotations  # an old Python must get as far as the message about its age

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

OLDEST_PYTHON = (3, 11)
NEEDED_MEGABYTES = 1200


def complaints(folder: Path) -> Iterator[str]:
    """Each thing that is missing, as a sentence that says what to do."""
    if sys.version_info[:2] < OLDEST_PYTHON:
        yield (
            f"Python 3.11 or newer is needed; {sys.executable} is {sys.version.split()[0]}. "
            "Name another one: make PYTHON=python3.12 ..."
        )
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        yield "Python's venv module is missing. On Debian: apt-get install python3-venv"
    if not os.access(folder, os.W_OK):
        yield f"this user may not write to {folder}. Clone the repository to a folder of your own."
    free = shutil.disk_usage(folder).free // 2**20
    if free < NEEDED_MEGABYTES:
        yield f"{NEEDED_MEGABYTES} MB of disk are needed in {folder}; {free} MB are free."


if __name__ == "__main__":
    found = list(complaints(Path.cwd()))
    for complaint in found:
        print("set-up:", complaint, file=sys.stderr)
    sys.exit(1 if found else 0)
