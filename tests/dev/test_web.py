"""The Procfile's own server: it stops, reloads, outlives a worker, and does not wait for slow senders."""

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import urllib3

from dev.ports import HOST, free_port
from dev.processes import Process
from dev.stack import is_answered, procfile

SLOW_SENDERS = 300
HEAD = b"POST / HTTP/1.1\r\nHost: portal\r\nContent-Length: 1000\r\n\r\n"
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def web(port: int) -> Iterator[Process]:
    shell, option, command = procfile()["web"]
    toy = command.replace("config.asgi:application", "tests.dev.toy:application")
    programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": programs, "HOST": HOST, "PORT": str(port), "WEB_CONCURRENCY": "1"}
    with Process("web", [shell, option, toy], environment=environment, is_quiet=True) as process:
        process.wait_until(lambda: is_answered(f"http://{HOST}:{port}/"))
        yield process


def ask(port: int, seconds: float = 0) -> int:
    """Which process answered. A connection that rests may be closed just as it is used again, so each has its own."""
    url, own = f"http://{HOST}:{port}/?{seconds}", {"Connection": "close"}
    answer = urllib3.request("GET", url, headers=own, timeout=15, retries=False)
    assert answer.status == 200
    return int(answer.data)


def test_it_answers_what_it_has_taken_before_it_stops(web: Process, port: int) -> None:
    with ThreadPoolExecutor() as pool:
        under_way: Future[int] = pool.submit(ask, port, 1.5)
        time.sleep(0.5)
        begin = time.monotonic()
        web.stop()
        assert under_way.result() > 0
    assert time.monotonic() - begin < 10


def test_a_reload_loses_no_request(web: Process, port: int) -> None:
    [before] = web.children()
    os.kill(web.pid, signal.SIGHUP)
    deadline = time.monotonic() + 30
    while (answered := ask(port, 0.01)) == before:
        assert time.monotonic() < deadline
    assert answered in web.children()


def test_a_worker_that_was_killed_is_replaced(web: Process, port: int) -> None:
    [killed] = web.children()
    assert web.kill_child(killed)
    web.wait_until(lambda: is_answered(f"http://{HOST}:{port}/"))
    assert ask(port) != killed


def test_slow_senders_hold_nobody_else_up(web: Process, port: int) -> None:
    with ExitStack() as slow, ThreadPoolExecutor() as pool:
        for _ in range(SLOW_SENDERS):
            sender = slow.enter_context(socket.create_connection((HOST, port)))
            sender.sendall(HEAD + b"x")
        time.sleep(0.5)
        asked = [pool.submit(ask, port) for _ in range(20)]
        assert {it.result() for it in asked} == set(web.children())


def test_whoever_stops_sending_is_sent_away_after_five_seconds(web: Process, port: int) -> None:
    with socket.create_connection((HOST, port), timeout=10) as sender:
        sender.sendall(HEAD + b"x")
        began = time.monotonic()
        assert sender.recv(1000).startswith(b"HTTP/1.1 408 ")
        assert 4.5 < time.monotonic() - began < 7
        assert sender.recv(1000) == b""


def test_whoever_breaks_off_is_sent_away(web: Process, port: int) -> None:
    with socket.create_connection((HOST, port), timeout=10) as sender:
        sender.sendall(HEAD + b"x")
        sender.shutdown(socket.SHUT_WR)
        assert sender.recv(1000).startswith(b"HTTP/1.1 408 ")


def test_a_slow_reader_fills_nothing(web: Process, port: int) -> None:
    """What waits for one who does not read is little of a large answer."""
    with socket.create_connection((HOST, port), timeout=10) as reader:
        reader.sendall(b"GET /pieces HTTP/1.1\r\nHost: portal\r\n\r\n")
        reader.recv(1000)
        time.sleep(1)
        assert ask(port) in web.children()
        [worker] = web.children()
        assert resident_megabytes(worker) < 150


def resident_megabytes(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    [line] = [it for it in status.splitlines() if it.startswith("VmRSS")]
    return int(line.split()[1]) // 1024
