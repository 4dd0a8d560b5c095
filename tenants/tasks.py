"""The bells of this package."""

from celery import shared_task

from . import audit_chain


@shared_task
def check_audit_trail() -> None:
    audit_chain.check_all()
