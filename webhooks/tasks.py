"""The bell of a stored event."""

from celery import shared_task

from . import processing


@shared_task
def process_event(event_id: str) -> None:
    processing.process(event_id)
