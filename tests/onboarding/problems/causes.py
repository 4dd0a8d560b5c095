"""Rows of which each makes one problem: `CAUSES` has one for every code of the catalogue."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from integrations.models import Connection, Conversion, Delivery, FeedSync, FormCheck
from onboarding.problems import finding
from tenants.models import Tenant
from tenants.scoping import across_tenants, tenant_scope
from tests import factories
from webhooks.models import SigningSecret, WebhookEndpoint, WebhookEvent

from ..rows import delivered, endpoint

NEEDS_AUTHORIZATION = Connection.Status.NEEDS_AUTHORIZATION


def stop(tenant: Tenant, code: str) -> None:
    fields = {"status": NEEDS_AUTHORIZATION, "error_code": code, "error_message": "Lever says no."}
    factories.ConnectionFactory.create(tenant=tenant, **fields)


def end_sync(tenant: Tenant, code: str, status: FeedSync.Status = FeedSync.Status.FAILED) -> None:
    factories.FeedSyncFactory.create(tenant=tenant, status=status, error_code=code, error_message="No.")


def late(tenant: Tenant) -> None:
    factories.FeedFactory.create(tenant=tenant, synced_at=timezone.now() - timedelta(hours=3))


def unmapped(tenant: Tenant) -> None:
    pipeline = factories.PipelineFactory.create(tenant=tenant, confirmed_at=timezone.now())
    factories.StageFactory.create(tenant=tenant, pipeline=pipeline)


def unrecorded(tenant: Tenant) -> None:
    factories.PipelineFactory.create(tenant=tenant, confirmed_at=timezone.now())
    held = Conversion.Status.HELD
    factories.ConversionFactory.create(tenant=tenant, status=held, name="", raw_stage_id="unheard-of")


def stuck(tenant: Tenant) -> None:
    delivery = factories.DeliveryFactory.create(tenant=tenant, status=Delivery.Status.RETRY_WAIT)
    with tenant_scope(tenant.pk):
        two_hours_ago = timezone.now() - timedelta(hours=2)
        Delivery.objects.filter(pk=delivery.pk).update(created_at=two_hours_ago)


def of_another_source(tenant: Tenant) -> None:
    for number in range(finding.FEWEST_OF_OTHERS):
        attributed(tenant, is_ours=False, number=number)


def attributed(tenant: Tenant, *, is_ours: bool, number: int) -> None:
    factories.ApplicationFactory.create(
        tenant=tenant, is_attributed=is_ours, external_id=f"{is_ours}-{number}"
    )


def unreachable(tenant: Tenant) -> None:
    factories.PolicyLinkFactory.create(tenant=tenant, checked_at=timezone.now(), error_message="404")


def rejected(tenant: Tenant) -> None:
    to = endpoint(tenant, "stage_changed")
    factories.RejectedRequestFactory.create(tenant=tenant, endpoint=to)


def misdirected(tenant: Tenant) -> None:
    to = endpoint(tenant, "stage_changed")
    factories.RejectedRequestFactory.create(tenant=tenant, endpoint=to, event_name="applicationCreated")


def quarantined(tenant: Tenant) -> None:
    """The same signature came with another body: of a kind that its address is for, and not old."""
    delivered(endpoint(tenant, "stage_changed"), status="quarantined")


def came(to: WebhookEndpoint, *days_ago: float) -> None:
    """Deliveries of the event that the address is for, on days of the past."""
    for days in days_ago:
        event = delivered(to)
        with tenant_scope(to.tenant_id):
            at = timezone.now() - timedelta(days=days)
            WebhookEvent.objects.filter(pk=event.pk).update(received_at=at)


def silent(tenant: Tenant) -> None:
    """Daily for six weeks, then nothing for two."""
    factories.PostingFactory.create(tenant=tenant)
    came(endpoint(tenant, "stage_changed"), *range(14, 56))


def removed(tenant: Tenant) -> None:
    """It delivered, and was not in the list that Lever gave after that."""
    came(endpoint(tenant, "stage_changed"), 1)
    with across_tenants("a test moves the time"):
        SigningSecret.objects.update(created_at=timezone.now() - timedelta(days=9))
    factories.WebhookReadingFactory.create(tenant=tenant, read_at=timezone.now())


def delivers_again(tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        to = WebhookEndpoint.objects.select_related("tenant").get(event_kind="stage_changed")
    delivered(to)


def unconfirmed(tenant: Tenant, missing: int = 3, confirmed: int = 0, days_ago: int = 2) -> None:
    at = timezone.now() - timedelta(days=days_ago)
    for confirmed_at in [None] * missing + [at] * confirmed:
        application = factories.ApplicationFactory.create(
            tenant=tenant, confirmed_at=confirmed_at, external_id=str(uuid.uuid4())
        )
        factories.DeliveryFactory.create(
            tenant=tenant,
            application=application,
            status=Delivery.Status.DELIVERED,
            delivered_at=at,
            next_attempt_at=None,
        )


def make(factory: Any, **fields: Any) -> Callable[[Tenant], object]:
    return lambda tenant: factory.create(tenant=tenant, **fields)


def archived_for_who_knows_what(tenant: Tenant, age: timedelta = timedelta(hours=2)) -> None:
    factories.ConversionFactory.create(
        tenant=tenant,
        status=Conversion.Status.HELD,
        name="",
        archive_reason_external_id="who-knows",
        received_at=timezone.now() - age,
        next_attempt_at=None,
    )


def unsent(tenant: Tenant) -> None:
    factories.ConversionFactory.create(
        tenant=tenant,
        status=Conversion.Status.READY,
        error_code="appcast.busy",
        received_at=timezone.now() - timedelta(hours=2),
    )


def scopes_refused(tenant: Tenant) -> None:
    connection = factories.ConnectionFactory.create(tenant=tenant)
    factories.CatchUpFactory.create(tenant=tenant, connection=connection, error_code="lever.scope_missing")


def of_another_site(tenant: Tenant) -> None:
    factories.ConnectionFactory.create(tenant=tenant, site="acme")
    factories.FeedFactory.create(tenant=tenant, site="acme-nl")


CAUSES: dict[str, Callable[[Tenant], object]] = {
    "connection.stopped": lambda tenant: stop(tenant, "lever.grant_revoked"),
    "connection.refresh_interrupted": lambda tenant: stop(tenant, "connection.refresh_interrupted"),
    "connection.scopes_refused": scopes_refused,
    "feed.failed": lambda tenant: end_sync(tenant, "lever.feed_not_found"),
    "feed.unanswered": lambda tenant: end_sync(tenant, "lever.unavailable"),
    "feed.unreadable": lambda tenant: end_sync(tenant, "lever.feed_not_understood"),
    "feed.large_drop": lambda tenant: end_sync(tenant, "feed.large_drop", FeedSync.Status.HELD),
    "feed.other_site": of_another_site,
    "feed.late": late,
    "webhook.rejected": rejected,
    "webhook.misdirected": misdirected,
    "webhook.quarantined": quarantined,
    "webhook.given_up": lambda tenant: delivered(endpoint(tenant, "stage_changed"), status="dead"),
    "webhooks.changed": removed,
    "webhooks.unconfirmed": unconfirmed,
    "webhooks.silent": silent,
    "forms.unsupported": make(factories.FormCheckFactory, status=FormCheck.Status.UNSUPPORTED),
    "forms.unreadable": make(factories.FormCheckFactory, status=FormCheck.Status.UNREADABLE),
    "stages.changed": unmapped,
    "stages.unrecorded": unrecorded,
    "reasons.undecided": archived_for_who_knows_what,
    "delivery.held": make(factories.DeliveryFactory, status=Delivery.Status.HELD),
    "delivery.stuck": stuck,
    "delivery.other_source": of_another_source,
    "conversions.held": make(factories.ConversionFactory, status=Conversion.Status.HELD),
    "conversions.crashed": make(
        factories.ConversionFactory, status=Conversion.Status.DEAD, error_code="work.crashes"
    ),
    "conversions.late": unsent,
    "conversions.given_up": make(factories.ConversionFactory, status=Conversion.Status.DEAD),
    "leaving.asked": make(factories.DepartureFactory, status="asked"),
    "policy.unreachable": unreachable,
    "notices.refused": make(
        factories.NoticeFactory, failed_at=timezone.now(), next_at=timezone.now() + timedelta(minutes=15)
    ),
}
