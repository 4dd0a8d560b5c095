"""Processes of the local stack: named, waited for within bounds, and ended whatever happens."""

import os
import pwd
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from os import killpg
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

READY_SECONDS = 60
STOP_SECONDS = 20
POLL_SECONDS = 0.05
KEPT_LINES = 200
SHOWN_LINES = 15


class StackError(Exception):
    """The local stack cannot run; the message says what to do about it."""


class Process:
    """One running process; `with` ends it. Its output is shown line by line under its name, unless it is quiet.

    It leads a session of its own, so that Ctrl-C reaches this program alone, which then ends all in order.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        stdin: str = "",
        is_quiet: bool = False,
        stop_signal: signal.Signals = signal.SIGTERM,
        account: str | None = None,
    ) -> None:
        self.name = name
        self._is_killed = False
        self._stop_signal = stop_signal
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._popen = subprocess.Popen(
            tethered(command, stop_signal),
            env=environment,
            text=True,
            errors="replace",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **identity(account),
        )
        self._reader = threading.Thread(target=self._read, args=(is_quiet,), daemon=True)
        self._reader.start()
        self._tell(stdin)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def has_ended(self) -> bool:
        return self._popen.poll() is not None

    def has_said(self, text: str) -> bool:
        return any(text in line for line in tuple(self._lines))

    def output(self) -> str:
        """The last lines of what it said, once it has ended."""
        self._reader.join(timeout=1)
        return "".join(self._lines)

    def ending(self) -> str:
        """How it ended and the last lines of what it said, for a person."""
        last_lines = "\n".join(self.output().splitlines()[-SHOWN_LINES:])
        return f"{self.name} ended with status {self._popen.poll()}. Its last lines:\n{last_lines}"

    def wait_until(self, is_ready: Callable[[], bool], seconds: float = READY_SECONDS) -> None:
        """Raises StackError when the process ends first, or the time is over."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            if self.has_ended:
                raise StackError(self.ending())
            if time.monotonic() > deadline:
                raise StackError(f"{self.name} was not ready after {seconds:.0f} seconds.")
            time.sleep(POLL_SECONDS)

    def wait_for_success(self, seconds: float = READY_SECONDS) -> None:
        """For a command that does its work and ends: raises StackError unless its status is 0 in time."""
        try:
            status = self._popen.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise StackError(f"{self.name} did not finish within {seconds:.0f} seconds.") from None
        if status != 0:
            raise StackError(self.ending())

    def kill(self) -> None:
        """As `kill -9` does, with all that it started: nobody tidies anything up."""
        with suppress(ProcessLookupError, PermissionError):
            killpg(self.pid, signal.SIGKILL)
        self._popen.wait()
        self._is_killed = True

    def children(self) -> list[int]:
        """Of its main thread, on Linux; none elsewhere."""
        with suppress(OSError):
            return [int(it) for it in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]
        return []

    def kill_child(self, pid: int) -> bool:
        """Only while it is a child of this process: the number of one that has ended may be somebody else's."""
        try:
            child = os.pidfd_open(pid)
        except OSError:
            return False
        try:
            is_ours = pid in self.children()
            if is_ours:
                signal.pidfd_send_signal(child, signal.SIGKILL)
        except ProcessLookupError:
            return False
        finally:
            os.close(child)
        return is_ours

    def stop(self) -> None:
        """Ask it to end, then make it; at last whatever it left behind in its process group."""
        if self._is_killed:
            return
        with suppress(ProcessLookupError):
            self._popen.send_signal(self._stop_signal)
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout=STOP_SECONDS)
        with suppress(ProcessLookupError, PermissionError):  # macOS refuses a group of zombies
            killpg(self.pid, signal.SIGKILL)
        self._popen.wait()
        self._reader.join(timeout=1)

    def _read(self, is_quiet: bool) -> None:
        assert self._popen.stdout
        with self._popen.stdout as lines:
            for line in lines:
                self._lines.append(line)
                if not is_quiet:
                    print(f"{self.name:<8} | {line}", end="", flush=True)

    def _tell(self, text: str) -> None:
        assert self._popen.stdin
        with suppress(BrokenPipeError), self._popen.stdin as stdin:
            stdin.write(text)


def tethered(command: Sequence[str], stop_signal: signal.Signals) -> list[str]:
    """On Linux the kernel stops the process when this program is killed, so that nothing outlives a `kill -9`.

    It does so, too, when the thread that started the process ends.
    """
    setpriv = shutil.which("setpriv")
    tether = [setpriv, "--pdeathsig", stop_signal.name, "--"] if setpriv else []
    return [*tether, *command]


def identity(account: str | None) -> dict[str, Any]:
    """What `Popen` needs to run a process under another account, which only root can ask for."""
    if account is None:
        return {}
    entry = pwd.getpwnam(account)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [], "cwd": "/"}


def stop_on_signals() -> None:
    """SIGTERM and Ctrl-C raise SystemExit once; a second one does not disturb the stopping."""

    def unwind(signum: int, frame: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        raise SystemExit(128 + signum)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, unwind)
