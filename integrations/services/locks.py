"""Turns that PostgreSQL gives, on all machines: whoever names the same subject comes one after the other."""

from django.db import connection as database


def take_until_commit(subject: str) -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [subject])


def take_if_free(subject: str) -> bool:
    """Until the commit; False where somebody else has it, who is not waited for."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [subject])
        return bool(cursor.fetchone()[0])


def share_until_commit(subject: str) -> None:
    """With all who share it; whoever takes it waits for them, and they for that one."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", [subject])
