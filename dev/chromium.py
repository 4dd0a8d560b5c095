"""The browser of the browser tests: Debian's Chromium, installed by root where it is missing."""

import os
import shutil
import subprocess

from .processes import StackError

NAMES = ("chromium", "chromium-browser", "google-chrome")
INSTALL = (
    ["apt-get", "update", "-q"],
    ["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"],
)
INSTALL_SECONDS = 900


def main() -> None:
    """Raises StackError when there is none and it cannot be installed."""
    if find_chromium():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install()
    if not find_chromium():
        raise StackError(
            "the browser tests need Chromium. On Debian, as root: apt-get install chromium; "
            f"elsewhere put one of {', '.join(NAMES)} on PATH."
        )


def find_chromium() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> None:
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in INSTALL:
        try:
            subprocess.run(command, env=quietly, check=True, timeout=INSTALL_SECONDS)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise StackError(
                f"Chromium could not be installed: {error}. Try: apt-get install chromium"
            ) from error
