"""Each event of the audit trail is linked to the one before: what is changed or removed behind its back shows."""

import hashlib
import io
import json
import threading
from importlib import import_module

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, ProgrammingError, connection, connections, transaction
from structlog.testing import capture_logs

from tenants import audit, audit_chain, tasks
from tenants.models import AuditEvent, AuditLink, Tenant
from tenants.scoping import across_tenants, tenant_scope

from .crowds import all_at_once
from .database import sql

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def happen(tenant: Tenant, *actions: str) -> None:
    for action in actions:
        with tenant_scope(tenant.pk):
            audit.record(action, tenant, tenant_id=tenant.pk, actor="test", word="Zoë “1”", number=1.5)


def by_the_owner(statement: str, *parameters: str) -> None:
    """Somebody with every right on the tables, who has put the triggers aside."""
    with transaction.atomic("owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT set_config('app.across_tenants', 'owner', true)")
        for table in ("tenants_auditevent", "tenants_auditlink"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        cursor.execute(statement, parameters)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("tenants_auditevent", "tenants_auditlink"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER append_only")


def test_events_are_linked_one_behind_the_other_and_each_tenant_has_its_own_chain(
    northwind: Tenant, southgate: Tenant
) -> None:
    happen(northwind, "first", "second")
    happen(southgate, "other")
    chains = [audit_chain.check(it.pk) for it in (northwind, southgate)]
    assert [(it.length, it.broken) for it in chains] == [(2, []), (1, [])]
    with across_tenants("a test looks"):
        first, second = AuditLink.objects.filter(tenant=northwind).order_by("number")
    assert str(second) == f"2: {second.hash[:12]}"
    assert chains[0].head == second.hash != first.hash


def test_what_belongs_to_no_tenant_has_a_chain_too(northwind: Tenant) -> None:
    with across_tenants("a test"):
        audit.record("staff.made", "somebody", tenant_id=None, actor="test")
    assert audit_chain.check(None).length == 1
    assert audit_chain.check(northwind.pk).length == 0


def test_several_events_of_one_transaction_keep_their_order_and_what_is_undone_leaves_no_gap(
    northwind: Tenant,
) -> None:
    with transaction.atomic():
        happen(northwind, "undone")
        transaction.set_rollback(True)
    with transaction.atomic():
        happen(northwind, "first", "second")
    chain = audit_chain.check(northwind.pk)
    assert (chain.length, chain.broken) == (2, [])


@pytest.mark.parametrize("is_of_a_tenant", [True, False])
def test_the_last_link_is_found_without_reading_the_others(northwind: Tenant, is_of_a_tenant: bool) -> None:
    """Meanwhile the chain is held: a long one must not be slower than a short one."""
    tenant_id, times = northwind.pk if is_of_a_tenant else None, 40
    with across_tenants("a test"):
        sql("SET LOCAL enable_seqscan = off")
        sql("SET LOCAL enable_sort = off")  # which a table as small as this one is worth
        sql("DISCARD PLANS")
        for _ in range(times):
            audit.record("again", northwind, tenant_id=tenant_id, actor="test")
        sql("SET CONSTRAINTS chained IMMEDIATE")
        ((read,),) = sql(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'tenants_auditlink'"
        )
    assert read <= times


def test_many_at_once_make_one_chain(northwind: Tenant) -> None:
    all_at_once(lambda number: happen(northwind, f"event-{number}"), range(40))
    chain = audit_chain.check(northwind.pk)
    assert (chain.length, chain.broken) == (40, [])


def test_what_happened_before_there_was_a_chain_is_linked_once(northwind: Tenant, southgate: Tenant) -> None:
    happen(northwind, "first", "second")
    happen(southgate, "other")
    by_the_owner("TRUNCATE tenants_auditlink")
    happen(northwind, "third")
    assert audit_chain.check(northwind.pk).broken
    for _ in range(2):
        by_the_owner(import_module("tenants.migrations.0013_earlier_events_chained").CHAIN_EARLIER)
    chains = [audit_chain.check(it.pk) for it in (northwind, southgate)]
    assert [(it.length, it.broken) for it in chains] == [(3, []), (1, [])]


def test_the_chain_is_made_beside_events_without_anything_left_for_the_commit(northwind: Tenant) -> None:
    """Django changes the table once more in that transaction, which is refused while checks wait for its end."""
    happen(northwind, "first")
    made = import_module("tenants.migrations.0009_audit_chain")
    with transaction.atomic("owner"), connections["owner"].cursor() as cursor:
        cursor.execute(
            f"TRUNCATE tenants_auditlink; {made.UNCHAIN} DROP TRIGGER append_only ON tenants_auditlink"
        )
        cursor.execute(made.CHAIN)
        cursor.execute("ALTER TABLE tenants_auditlink ADD CONSTRAINT last CHECK (number > 0)")
        transaction.set_rollback(True, "owner")


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE tenants_auditevent SET actor_label = 'another' WHERE action = 'second'", "was changed"),
        ("UPDATE tenants_auditevent SET detail = '{}' WHERE action = 'second'", "was changed"),
        ("UPDATE tenants_auditevent SET at = at - interval '1 hour' WHERE action = 'second'", "was changed"),
        ("UPDATE tenants_auditlink SET hash = repeat('0', 64) WHERE number = 2", "was changed"),
        ("DELETE FROM tenants_auditlink WHERE number = 2", "link 2 is missing"),
        (
            "WITH gone AS (DELETE FROM tenants_auditlink WHERE number = 2 RETURNING event_id)"
            " DELETE FROM tenants_auditevent WHERE id IN (SELECT event_id FROM gone)",
            "link 2 is missing",
        ),
    ],
)
def test_what_somebody_with_every_right_did_is_found(northwind: Tenant, statement: str, says: str) -> None:
    happen(northwind, "first", "second", "third")
    by_the_owner(statement)
    assert any(says in it for it in audit_chain.check(northwind.pk).broken)
    with capture_logs() as logs:
        tasks.check_audit_trail()
    assert [it["tenant"] for it in logs if it["event"] == "audit_chain_broken"] == [northwind.pk]
    with pytest.raises(CommandError, match=says):
        call_command("audit_trail", "check", stdout=io.StringIO())


def test_a_check_logs_the_head_which_a_later_chain_must_still_hold(northwind: Tenant) -> None:
    happen(northwind, "first")
    with capture_logs() as logs:
        assert audit_chain.check_all()
    (said,) = [it for it in logs if it.get("tenant") == northwind.pk]
    assert (said["length"], said["head"]) == (1, audit_chain.check(northwind.pk).head)


CUT = (
    "WITH gone AS (DELETE FROM tenants_auditlink WHERE tenant_id = %s AND number > 1 RETURNING event_id)"
    " DELETE FROM tenants_auditevent WHERE id IN (SELECT event_id FROM gone)"
)


def test_what_was_cut_off_the_end_is_missed_and_not_forgotten(northwind: Tenant, southgate: Tenant) -> None:
    happen(northwind, "first", "second")
    happen(southgate, "other")
    assert audit_chain.check_all()
    by_the_owner(CUT, str(northwind.pk))
    assert audit_chain.check(northwind.pk).broken == [], "it looks whole by itself"
    for _ in range(2):
        assert not audit_chain.check_all()
    with pytest.raises(CommandError, match=f"tenant {northwind.pk}: what was behind link 1 is missing"):
        call_command("audit_trail", "check", stdout=io.StringIO())
    happen(northwind, "another", "and another")
    with pytest.raises(CommandError, match=f"tenant {northwind.pk}: link 2 is not the one"):
        call_command("audit_trail", "check", stdout=io.StringIO())


def test_heads_are_kept_when_a_chain_has_grown(northwind: Tenant) -> None:
    happen(northwind, "first")
    for _ in range(3):
        assert audit_chain.check_all()
    with across_tenants("a test looks"):
        heads = [it.detail["heads"] for it in AuditEvent.objects.filter(action=audit_chain.HEADS_KEPT)]
    assert sum(of == northwind.pk for them in heads for of, *_ in them) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO tenants_auditlink (event_id, number, hash) VALUES (1, 9, '')",
        "UPDATE tenants_auditlink SET hash = ''",
        "DELETE FROM tenants_auditlink",
        "SELECT link_audit_event(event) FROM tenants_auditevent event",
    ],
)
def test_the_portal_writes_no_link_itself(northwind: Tenant, statement: str) -> None:
    happen(northwind, "first")
    with across_tenants("somebody covers traces"), pytest.raises(ProgrammingError, match="permission denied"):
        sql(statement)


@pytest.mark.parametrize(
    "statement", ["UPDATE tenants_auditlink SET hash = ''", "DELETE FROM tenants_auditlink"]
)
def test_a_trigger_refuses_it_to_the_owner_too(northwind: Tenant, statement: str) -> None:
    happen(northwind, "first")
    with transaction.atomic("owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT set_config('app.across_tenants', 'owner', true)")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic("owner"):
            cursor.execute(statement)


def test_the_scope_of_the_change_is_the_same_after_its_event_was_linked(northwind: Tenant) -> None:
    with tenant_scope(northwind.pk):
        audit.record("first", northwind, tenant_id=northwind.pk, actor="test")
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        assert AuditEvent.objects.count() == 1
        assert sql("SELECT current_setting('app.across_tenants')") == [("",)]


def test_an_export_has_every_event_and_lets_its_reader_follow_the_hashes(northwind: Tenant) -> None:
    happen(northwind, "first", "second")
    out = io.StringIO()
    call_command("audit_trail", "export", tenant="northwind", stdout=out)
    lines = [json.loads(it) for it in out.getvalue().splitlines()]
    assert [(it["number"], it["action"], it["detail"]["word"]) for it in lines] == [
        (1, "first", "Zoë “1”"),
        (2, "second", "Zoë “1”"),
    ]
    before = ""
    for line in lines:
        before = hashlib.sha256(f"{before}{line['told']}".encode()).hexdigest()
        assert before == line["hash"]


def test_the_command_says_that_all_is_well_and_knows_its_tenants(northwind: Tenant) -> None:
    happen(northwind, "first")
    out = io.StringIO()
    call_command("audit_trail", "check", tenant="northwind", stdout=out)
    assert out.getvalue() == "1 events, none changed or missing.\n"
    with pytest.raises(CommandError, match="'nobody' is none"):
        call_command("audit_trail", "check", tenant="nobody")


def test_whoever_links_waits_for_the_one_before_and_no_longer(northwind: Tenant) -> None:
    """The chain is held from commit to commit alone: an event that is not committed yet is in nobody's way."""
    done = threading.Event()

    def other() -> None:
        happen(northwind, "second")
        done.set()
        connection.close()

    thread = threading.Thread(target=other)
    with tenant_scope(northwind.pk):
        audit.record("first", northwind, tenant_id=northwind.pk, actor="test")
        thread.start()
        assert done.wait(timeout=10)
    thread.join()
    chain = audit_chain.check(northwind.pk)
    assert (chain.length, chain.broken) == (2, [])
