import fcntl
import os
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

from dev.ports import HOST, free_port, require_free
from dev.postgres import end_orphan
from dev.processes import Process, StackError

IGNORES_SIGTERM = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(600)
"""

HOLDS_A_LOCK = """
import fcntl, sys, time
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", end="", file=lock, flush=True)
time.sleep(600)
"""
STARTS_ANOTHER = """
import sys, time
from dev.processes import Process
other = Process("other", sys.argv[1:])
time.sleep(600)
"""


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_process_that_ends_before_it_is_ready_is_reported_with_what_it_said() -> None:
    process = Process("web", python("print('no such table'); raise SystemExit(3)"), is_quiet=True)
    with process, pytest.raises(StackError, match=r"web ended with status 3(.|\n)*no such table"):
        process.wait_until(lambda: False)


def test_a_process_that_is_never_ready_is_given_up() -> None:
    process = Process("web", python("import time; time.sleep(600)"), is_quiet=True)
    with process, pytest.raises(StackError, match="web was not ready after 0 seconds"):
        process.wait_until(lambda: False, seconds=0)
    assert process.has_ended


def test_a_command_that_fails_is_an_error() -> None:
    process = Process("release", python("raise SystemExit('cannot migrate')"), is_quiet=True)
    with process, pytest.raises(StackError, match="cannot migrate"):
        process.wait_for_success()


def test_a_process_that_ignores_the_signal_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dev.processes.STOP_SECONDS", 0.1)
    with Process("worker", python(IGNORES_SIGTERM), is_quiet=True) as process:
        process.wait_until(lambda: process.has_said("up"))
    assert "status -9" in process.ending()


def test_output_is_shown_under_the_name_of_the_process(capfd: pytest.CaptureFixture[str]) -> None:
    with Process("beat", python("print('tick')")) as process:
        process.wait_for_success()
    assert capfd.readouterr().out == "beat     | tick\n"


def test_a_killed_program_leaves_nothing_running(tmp_path: Path) -> None:
    """`kill -9` of the program that holds the stack: the kernel then stops what it had started."""
    place = tmp_path / "lock"
    command = [*python(STARTS_ANOTHER), *python(HOLDS_A_LOCK), str(place)]
    with Process("outer", command, is_quiet=True, stop_signal=signal.SIGKILL) as outer:
        outer.wait_until(lambda: place.exists() and place.read_text() == "held")
    with place.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # waits for the end of the process that holds it


def test_a_port_in_use_is_named_with_the_way_out() -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(StackError, match=rf"port {port} is in use .* PORT=9000 make demo"):
            require_free(port, "PORT=9000")
    require_free(free_port(), "PORT=9000")


def test_a_note_of_a_server_that_is_gone_does_not_block_the_next(tmp_path: Path) -> None:
    note = tmp_path / "postmaster.pid"
    note.write_text(
        f"{os.getpid()}\n{tmp_path}\n"
    )  # the number was given again, to a program that is no server
    end_orphan(tmp_path)
    assert not note.exists()


# Where /proc tells who is whose child.
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of children")
TWO_CHILDREN = ["sh", "-c", "sleep 60 & sleep 60 & echo up; wait"]


@on_linux
def test_a_killed_process_takes_its_children_along() -> None:
    with Process("family", TWO_CHILDREN) as process:
        process.wait_until(lambda: process.has_said("up"))
        children = process.children()
        process.kill()
        assert process.has_ended
    assert len(children) == 2
    assert all(has_ended_soon(it) for it in children)


@on_linux
def test_a_child_is_killed_and_nobody_elses() -> None:
    with Process("family", TWO_CHILDREN) as process, Process("other", ["sleep", "60"]) as other:
        process.wait_until(lambda: process.has_said("up"))
        [first, second] = process.children()
        assert process.kill_child(first)
        assert not process.kill_child(os.getpid())
        assert not process.kill_child(2**22 + 1)
        assert has_ended_soon(first)
        assert is_running(second)
        assert not other.has_ended


def has_ended_soon(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not is_running(pid)


def is_running(pid: int) -> bool:
    """A zombie is not."""
    try:
        return " Z " not in f" {Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2]} "
    except FileNotFoundError:
        return False
