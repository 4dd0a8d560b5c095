"""The bells of this package: each wakes one service for one row."""

from celery import shared_task

from .services import (
    archive_reasons,
    comparisons,
    conversion_sending,
    delivering,
    discoveries,
    feeds,
    forms,
    publishing,
    readings,
    stage_readings,
    syncing,
    upkeep,
    webhook_readings,
    work,
)


@shared_task
def discover(discovery_id: str) -> None:
    discoveries.run(int(discovery_id))


@shared_task
def run_feed_sync(sync_id: str) -> None:
    syncing.run(int(sync_id))


@shared_task
def publish_feed(outgoing_id: str) -> None:
    publishing.publish(int(outgoing_id))


@shared_task
def check_form(form_check_id: str) -> None:
    forms.check(int(form_check_id))


@shared_task
def read_stages(reading_id: str) -> None:
    stage_readings.read(int(reading_id))


@shared_task
def read_archive_reasons(reading_id: str) -> None:
    archive_reasons.read(int(reading_id))


@shared_task
def compare_feed(comparison_id: str) -> None:
    comparisons.read(int(comparison_id))


@shared_task
def read_webhooks(reading_id: str) -> None:
    webhook_readings.read(int(reading_id))


@shared_task
def deliver() -> None:
    delivering.answer_call()


@shared_task
def send_conversions(tenant_id: str) -> None:
    conversion_sending.send_due(int(tenant_id))


@shared_task
def sweep() -> None:
    work.sweep()


@shared_task
def schedule_feeds() -> None:
    feeds.schedule()


@shared_task
def schedule_readings() -> None:
    readings.schedule()


@shared_task
def refresh_idle_grants() -> None:
    upkeep.ring_for_idle_grants()


@shared_task
def refresh_grant(connection_id: str) -> None:
    upkeep.refresh_grant(int(connection_id))


@shared_task
def forget_old_syncs() -> None:
    upkeep.forget_old_syncs()


@shared_task
def erase_old_applications() -> None:
    upkeep.ring_for_old_applications()


@shared_task
def erase_application(application_id: str) -> None:
    upkeep.erase_application(application_id)
