"""The bells of this package."""

from celery import shared_task

from . import audit_chain, sessions


@shared_task
def check_audit_trail() -> None:
    audit_chain.check_all()


@shared_task
def forget_ended_sessions() -> None:
    sessions.SessionStore.clear_expired()
