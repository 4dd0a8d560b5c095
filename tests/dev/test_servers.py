from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from dev.postgres import (
    OWNER,
    PORTAL,
    SHORT_TEMPORARY,
    SUPERUSER,
    Postgres,
    answers,
    reachable_home,
    running_postgres,
)
from dev.processes import StackError
from dev.servers import VARIABLES, kept_servers, only_one, servers
from dev.valkey import running_valkey


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with open_folder() as home, running_postgres(home, is_kept=False) as running:
        yield running


@contextmanager
def open_folder() -> Iterator[Path]:
    """One that the account which the server runs under may enter; pytest's own are closed to others."""
    with TemporaryDirectory(dir=SHORT_TEMPORARY) as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.mark.parametrize("role", [OWNER, PORTAL])
def test_neither_role_walks_past_row_level_security(postgres: Postgres, role: str) -> None:
    with psycopg.connect(postgres.url(role)) as connection:
        found = connection.execute(
            "SELECT current_user, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert found == (role, False, False, False)


def test_the_owner_owns_the_database_and_may_make_test_databases(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url(OWNER), autocommit=True) as connection:
        connection.execute("CREATE DATABASE test_of_the_owner")
        connection.execute("CREATE TABLE owned (id int)")
        connection.execute("DROP TABLE owned")


def test_the_portal_role_may_not_change_the_schema(postgres: Postgres) -> None:
    with (
        psycopg.connect(postgres.url(PORTAL)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TABLE smuggled (id int)")


def test_text_is_utf_8_whatever_the_machine_speaks(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url(PORTAL)) as connection:
        assert connection.execute("SELECT upper('zoë'), current_setting('server_encoding')").fetchone() == (
            "ZOË",
            "UTF8",
        )


def test_postgres_listens_on_no_network_address(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url(SUPERUSER, "postgres")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_valkey_answers_only_to_its_password(tmp_path: Path) -> None:
    with running_valkey(tmp_path, is_kept=False) as url:
        with redis.Redis.from_url(url) as known:
            assert known.ping()
        at_once = Retry(NoBackoff(), 0)
        stranger = redis.Redis(port=urlsplit(url).port or 0, retry=at_once)
        with stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()


def test_a_restart_keeps_the_data(own_servers: None) -> None:
    with open_folder() as home:
        with kept_servers(home) as variables, psycopg.connect(variables["DATABASE_OWNER_URL"]) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 'still here' AS word")
        with kept_servers(home) as variables, psycopg.connect(variables["DATABASE_OWNER_URL"]) as connection:
            assert connection.execute("SELECT word FROM kept").fetchone() == ("still here",)


def test_a_restart_keeps_what_the_broker_was_told(tmp_path: Path) -> None:
    with running_valkey(tmp_path, is_kept=True) as url, redis.Redis.from_url(url) as client:
        client.set("word", "still here")
    with running_valkey(tmp_path, is_kept=True) as url, redis.Redis.from_url(url) as client:
        assert client.get("word") == b"still here"


def test_a_server_that_outlived_its_program_does_not_block_the_next() -> None:
    with open_folder() as home, running_postgres(home, is_kept=False) as orphan:
        with (
            running_postgres(home, is_kept=False) as successor,
            psycopg.connect(successor.url(PORTAL)) as connection,
        ):
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert not answers(orphan.url(PORTAL))


@pytest.mark.parametrize("name", ["postgres.unfinished", "valkey"])
def test_a_start_that_was_interrupted_does_not_block_the_next(name: str, own_servers: None) -> None:
    with open_folder() as home:
        (home / name).mkdir()
        with kept_servers(home) as variables:
            assert answers(variables["DATABASE_URL"])


def test_root_keeps_the_cluster_where_the_server_may_go() -> None:
    """Below /root, say: a link in `var/` names the other place, and the next start finds it again."""
    with TemporaryDirectory(dir=SHORT_TEMPORARY) as closed, TemporaryDirectory(dir=SHORT_TEMPORARY) as parent:
        home = Path(closed, "var")
        elsewhere = reachable_home(home, "nobody", Path(parent))
        assert elsewhere.parent == Path(parent)
        assert reachable_home(home, "nobody", Path(parent)) == elsewhere
        assert reachable_home(home, None, Path(parent)) == elsewhere


def test_real_servers_are_used_when_they_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = {name: f"named by {name}" for name in VARIABLES}
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    with servers(tmp_path, is_kept=True) as variables:
        assert variables == named
    assert list(tmp_path.iterdir()) == []


def test_a_second_stack_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with (
        only_one(tmp_path),
        pytest.raises(StackError, match="another stack already runs"),
        only_one(tmp_path),
    ):
        pass


@pytest.fixture
def own_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
