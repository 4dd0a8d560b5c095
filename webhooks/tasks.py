"""The bells of this package."""

from celery import shared_task

from . import catching_up, processing, replays


@shared_task
def process_events(tenant_id: str) -> None:
    processing.process_due(int(tenant_id))


@shared_task
def go_on_replaying(replay_id: str) -> None:
    replays.run(int(replay_id))


@shared_task
def catch_up(catch_up_id: str) -> None:
    catching_up.catch_up(int(catch_up_id))
