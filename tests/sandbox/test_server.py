"""The process, its flags and its environment."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from smtplib import SMTP

import pytest
import requests

from sandbox.server import Server, free_port
from sandbox.settings import Settings, settings_from
from sandbox.world import World

ROOT = Path(__file__).parents[2]


@contextmanager
def started(*flags: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", *flags],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_the_process_says_where_it_listens_and_ends_when_it_is_told_to(end: signal.Signals) -> None:
    smtp_port = free_port("127.0.0.1")
    with started("--port", "0", "--smtp-port", str(smtp_port)) as process:
        assert process.stdout
        ready = process.stdout.readline().strip()
        url = ready.removeprefix("sandbox ready on ")
        assert url.startswith("http://127.0.0.1:")
        assert requests.get(f"{url}/healthz", timeout=5).json() == {"status": "ok"}
        with SMTP("127.0.0.1", smtp_port, timeout=5) as smtp:
            assert smtp.noop()[0] == 250
        process.send_signal(end)
        rest, errors = process.communicate(timeout=10)
        assert (process.returncode, rest, errors) == (0, "", "")


def test_environment_and_flags_reach_the_world(tmp_path: Path) -> None:
    (tmp_path / "postings.acme.json").write_text("[]")
    flags = ("--port", "0", "--account-folder", str(tmp_path))
    with started(*flags, SANDBOX_ACCOUNT="/nowhere") as process:
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert f"{tmp_path / 'postings.acme.json'} must be a non-empty list" in errors
    assert "Traceback" not in errors


def test_a_server_takes_free_ports_and_gives_them_back() -> None:
    with Server(World(Settings()), smtp_port=0) as server:
        ports = (server.port, server.smtp_port or 0)
        assert 0 not in ports
        assert requests.get(f"{server.url}/healthz", timeout=5).headers["Server"] == "lever-data-api"
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)


def test_nothing_in_the_environment_means_the_documented_defaults() -> None:
    settings = settings_from({})
    assert settings == Settings()
    assert (settings.client_id, settings.client_secret) == ("sandbox-client", "sandbox-secret")
    assert settings.redirect_uris == ("http://127.0.0.1:8000/oauth/lever/callback/",)
    assert (settings.conversions_secret, settings.retry_scale) == ("conversions-secret", 1)
    assert (settings.token_seconds, settings.account_folder, settings.totp_secrets) == (3600, None, ())


def test_everything_can_be_set_from_the_environment() -> None:
    assert settings_from(
        {
            "SANDBOX_CLIENT_ID": "app",
            "SANDBOX_CLIENT_SECRET": "s-1",
            "SANDBOX_REDIRECT_URIS": "http://a.example/cb, http://b.example/cb",
            "SANDBOX_CONVERSIONS_SECRET": "s-2",
            "SANDBOX_RETRY_SCALE": "0.5",
            "SANDBOX_TOKEN_SECONDS": "60",
            "SANDBOX_ACCOUNT": "recorded",
            "SANDBOX_TOTP_SECRETS": "Carol@appcast.example:JBSWY3DPEHPK3PXP,dan@appcast.example:jbsw y3dp",
        }
    ) == Settings(
        "app",
        "s-1",
        ("http://a.example/cb", "http://b.example/cb"),
        "s-2",
        0.5,
        60,
        Path("recorded"),
        (("carol@appcast.example", "JBSWY3DPEHPK3PXP"), ("dan@appcast.example", "JBSWY3DP")),
    )


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SANDBOX_RETRY_SCALE", "fast", "must be a number"),
        ("SANDBOX_TOKEN_SECONDS", "-1", "must not be negative"),
        ("SANDBOX_TOTP_SECRETS", "JBSWY3DPEHPK3PXP", "wants email:BASE32 pairs"),
        ("SANDBOX_TOTP_SECRETS", "carol@appcast.example:01890189", "is not base 32"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named_and_a_secret_not_shown(
    name: str, value: str, says: str
) -> None:
    with pytest.raises(SystemExit, match=says) as refused:
        settings_from({name: value})
    assert name in str(refused.value)
    assert "JBSWY3DPEHPK3PXP" not in str(refused.value)
    assert "01890189" not in str(refused.value)
