"""`make lint`: every check that needs no test; all run, and the names of those that failed come last."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from . import messages
from .environment import Ports, new_secrets, production_variables, stack_variables
from .processes import StackError
from .servers import passing_servers

PACKAGES = ("benchmarks", "config", "dev", "integrations", "onboarding", "sandbox", "tenants", "webhooks")
CHECKS = {
    "style": "ruff check",
    "format": "ruff format --check",
    "types": "mypy .",
    "import contracts": "lint-imports --no-logo",
    "templates": "djlint --lint --quiet templates sandbox",
    "security": f"bandit --quiet --configfile pyproject.toml --severity-level medium --recursive {' '.join(PACKAGES)}",
    "missing migrations": "python manage.py makemigrations --check --dry-run",
}
DEPLOY_CHECKS = "python manage.py check --deploy --fail-level WARNING --database default --database owner"


def main() -> None:
    """Raises StackError naming the checks that failed."""
    with passing_servers() as servers, tempfile.TemporaryDirectory() as static:
        development = stack_variables("test", servers, Ports.free(), new_secrets(), Path(static))
        failed = [name for name, command in CHECKS.items() if not passes(name, command, development)]
        if not passes("deploy checks", DEPLOY_CHECKS, production_variables(servers, Path(static))):
            failed.append("deploy checks")
    if forgotten():
        failed.append("messages")
    if failed:
        raise StackError(f"failed: {', '.join(failed)}")


def passes(name: str, command: str, variables: Mapping[str, str]) -> bool:
    print(f"--- {name}: {command}", flush=True)
    programs = Path(sys.executable).parent
    environment = {**os.environ, **variables, "PATH": f"{programs}:{os.environ.get('PATH', os.defpath)}"}
    return subprocess.run(command.split(), env=environment).returncode == 0


def forgotten() -> bool:
    print("--- messages: python -m dev messages", flush=True)
    complaints = list(messages.complaints())
    print("\n".join(complaints))
    return bool(complaints)
