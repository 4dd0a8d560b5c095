"""The bells of this package."""

from celery import shared_task

from . import departures, notices, owners, policies, problems, tidying
from .health import pulses


@shared_task
def ring_for_diagnoses() -> None:
    problems.ring_for_diagnoses()


@shared_task
def diagnose(tenant_id: str) -> None:
    problems.diagnose_by_id(int(tenant_id))


@shared_task
def open_policy_link(link_id: str) -> None:
    policies.run(int(link_id))


@shared_task
def go_on_leaving(departure_id: str) -> None:
    departures.run(int(departure_id))


@shared_task
def tidy_up(rehearsal_id: str) -> None:
    tidying.run(int(rehearsal_id))


@shared_task
def ring_for_notices() -> None:
    notices.ring_for_notices()


@shared_task
def notify(tenant_id: str) -> None:
    notices.notify_by_id(int(tenant_id))


@shared_task
def ring_for_owners() -> None:
    owners.ring_for_owners()


@shared_task
def tell_owner(channel_id: str) -> None:
    owners.tell_by_id(channel_id)


@shared_task
def note_pulse(queue: str) -> None:
    pulses.note(queue)
