"""Can this machine build the virtual environment? Standard library only, and readable by any Python 3.

Run by `make` before anything is installed: `python3 dev/preflight.py`. Silent when all is well.
"""

import importlib.util
import os
import shutil
import sys

OLDEST_PYTHON = (3, 11)
NEEDED_MEGABYTES = 1200


def complaints(folder):  # type: ignore[no-untyped-def]  # annotations would hide this message from an old Python
    """Each thing that is missing, as a sentence that says what to do."""
    if sys.version_info < OLDEST_PYTHON:
        yield "Python %d.%d or newer is needed; %s is %d.%d. Name another one: make PYTHON=python3.12 ..." % (
            *OLDEST_PYTHON,
            sys.executable,
            *sys.version_info[:2],
        )
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        yield "Python's venv module is missing. On Debian: apt-get install python3-venv"
    if not os.access(folder, os.W_OK):
        yield "%s cannot be written to by this user. Clone the repository to a folder of your own." % folder
    free = shutil.disk_usage(folder).free // 2**20
    if free < NEEDED_MEGABYTES:
        yield "%d MB of disk are needed in %s; %d MB are free." % (NEEDED_MEGABYTES, folder, free)


if __name__ == "__main__":
    found = list(complaints(os.getcwd()))
    for complaint in found:
        sys.stderr.write("set-up: " + complaint + "\n")
    sys.exit(1 if found else 0)
