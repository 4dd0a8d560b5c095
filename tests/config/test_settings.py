"""Settings come from the environment alone: safe in development, and no start half configured in production."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dev.environment import production_variables

ROOT = Path(__file__).resolve().parents[2]
SERVERS = {"DATABASE_URL": "postgres://app@/portal", "REDIS_URL": "redis://127.0.0.1:1/0"}
NEEDED = [
    *("SECRET_KEY", "SEALING_KEYS", "PUBLIC_URL", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"),
    *("LEVER_CLIENT_ID", "LEVER_CLIENT_SECRET", "APPCAST_CONVERSIONS_URL", "APPCAST_CONVERSIONS_SECRET"),
]
PRINT_COOKIES = "import config.settings as s; print(s.SESSION_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.DEBUG)"


def started(
    variables: dict[str, str], code: str = "import config.settings"
) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **variables}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60)


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    return production_variables(SERVERS, tmp_path)


def test_production_starts_with_all_that_it_needs(production: dict[str, str]) -> None:
    answer = started(production, PRINT_COOKIES)
    assert answer.stdout.split() == ["True", "True", "False"], answer.stderr


@pytest.mark.parametrize("name", NEEDED)
def test_production_does_not_start_without(name: str, production: dict[str, str]) -> None:
    del production[name]
    answer = started(production)
    assert answer.returncode != 0
    assert name in answer.stderr.splitlines()[-1]


def test_an_unknown_environment_is_named(production: dict[str, str]) -> None:
    answer = started({**production, "ENVIRONMENT": "prod"})
    assert "ENVIRONMENT is 'prod'; set it to production, development or test" in answer.stderr


def test_the_example_explains_each_variable_that_the_settings_read() -> None:
    read = set(re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / "config" / "settings.py").read_text()))
    explained = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert read == explained


@pytest.mark.parametrize(
    ("contact", "starts"), [("security@appcast.example", False), ("https://appcast.example/security", True)]
)
def test_whom_to_tell_of_a_weakness_is_an_address_that_machines_can_follow(
    production: dict[str, str], contact: str, starts: bool
) -> None:
    answer = started(production | {"SECURITY_CONTACT": contact})
    assert (answer.returncode == 0) == starts
    assert starts or "begin it with mailto: or https:" in answer.stderr
