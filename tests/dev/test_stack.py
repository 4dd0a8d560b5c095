import json
import stat
from pathlib import Path

import pytest

from dev.__main__ import main
from dev.demo import watch, web_port
from dev.environment import Ports, kept_secrets
from dev.processes import Process, StackError
from dev.stack import Stack, procfile

UNTIL_ASKED_TO_END = "trap 'echo ended; exit' TERM; echo up; while :; do sleep 0.01; done"


def test_the_procfile_names_the_processes_of_the_portal() -> None:
    assert list(procfile()) == ["release", "web", "events", "deliveries", "worker", "beat"]


def test_all_ports_of_a_second_clone_move_with_its_own() -> None:
    assert Ports.beside(8000) == Ports(web=8000, sandbox=9100, smtp=9125)
    assert Ports.beside(9000) == Ports(web=9000, sandbox=10100, smtp=10125)


@pytest.mark.parametrize("port", ["eighty", "80", "65000"])
def test_a_port_that_is_none_is_refused_with_what_came(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(StackError, match=f"PORT is '{port}'; give a number from 1024 to 64000"):
        web_port()


def test_the_secrets_of_a_laptop_outlive_a_restart_and_are_its_owners_alone(tmp_path: Path) -> None:
    made = kept_secrets(tmp_path)
    assert kept_secrets(tmp_path) == made == json.loads((tmp_path / "secrets.json").read_text())
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_a_process_that_ends_by_itself_ends_the_demo_with_its_last_words() -> None:
    stack = Stack(Ports.free(), {})
    with stack:
        stack.start("worker", ["sh", "-c", "echo no broker; exit 2"])
        with pytest.raises(StackError, match=r"worker ended with status 2(.|\n)*no broker"):
            watch(stack)


def test_a_stack_ends_its_processes_newest_first(capfd: pytest.CaptureFixture[str]) -> None:
    with Stack(Ports.free(), {}) as stack:
        for name in ("web", "worker"):
            process = stack.start(
                name, ["sh", "-c", "trap 'echo ended; exit' TERM; echo up; while :; do sleep 0.01; done"]
            )
            wait_until_up(process)
    ended = [line for line in capfd.readouterr().out.splitlines() if "ended" in line]
    assert ended == ["worker   | ended", "web      | ended"]


def wait_until_up(process: Process) -> None:
    process.wait_until(lambda: process.has_said("up"))


def test_what_goes_wrong_is_said_in_one_line_and_fails_the_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["dev", "demo"])
    monkeypatch.setattr("dev.__main__.stop_on_signals", lambda: None)
    monkeypatch.setenv("PORT", "none")
    assert main() == 1
    assert (
        capsys.readouterr().err
        == "demo: PORT is 'none'; give a number from 1024 to 64000, such as PORT=8000.\n"
    )
