"""What falls due by the calendar: grants that must not lie idle, personal data that must go."""

from datetime import timedelta

import structlog
from django.db import DEFAULT_DB_ALIAS
from django.db.models import DurationField, Exists, ExpressionWrapper, F, OuterRef, Q, Value
from django.db.models.functions import Now

from tenants.scoping import across_tenants

from ..errors import IntegrationError
from ..models import Application, Connection, Delivery, FeedSync, TokenSet
from . import applications, bell, grants

logger = structlog.get_logger(__name__)

UNDELIVERED_KEPT_FOR = timedelta(days=90)
MOST_AT_ONCE = 500
SYNCS_KEPT_FOR, UNCHANGED_KEPT_FOR = timedelta(days=90), timedelta(days=7)
# An hour of ten thousand tenants is as many.
MOST_SYNCS_AT_ONCE = 20_000


def ring_for_idle_grants() -> None:
    with across_tenants("grants of all tenants that lie idle"):
        idle = TokenSet.objects.filter(
            connection__status=Connection.Status.ACTIVE, refreshed_at__lt=Now() - grants.LONGEST_IDLE
        )
        ids = list(idle.values_list("connection_id", flat=True)[:MOST_AT_ONCE])
    for connection_id in ids:
        bell.send("integrations.tasks.refresh_grant", connection_id)


def refresh_grant(connection_id: int) -> None:
    with across_tenants("a task names its row by id alone"):
        connection = Connection.objects.filter(pk=connection_id).first()
    if connection:
        try:
            grants.refresh_if_idle(connection.tenant_id)
        except IntegrationError as error:
            # A dead grant has stopped its connection; anything else is tried again within the hour.
            logger.warning("idle_grant_not_refreshed", connection=connection_id, code=error.code)


def forget_old_syncs() -> None:
    """The last of a feed stays, however old; so does for longer what changed something."""
    is_over = Q(finished_at__lt=Now() - SYNCS_KEPT_FOR) | Q(
        is_unchanged=True, finished_at__lt=Now() - UNCHANGED_KEPT_FOR
    )
    with across_tenants("old syncs of all tenants"):
        ended = FeedSync.objects.exclude(finished_at=None)
        newer = ended.filter(feed=OuterRef("feed"), pk__gt=OuterRef("pk"))
        old = FeedSync.objects.filter(is_over, Exists(newer)).order_by().values("pk")[:MOST_SYNCS_AT_ONCE]
        FeedSync.objects.filter(pk__in=old).order_by()._raw_delete(DEFAULT_DB_ALIAS)


def ring_for_old_applications() -> None:
    """Delivered ones after the tenant's own number of days, undelivered ones after 90."""
    kept_for = ExpressionWrapper(
        F("tenant__retention_days") * Value(timedelta(days=1)), output_field=DurationField()
    )
    is_over = Q(delivery__delivered_at__lt=Now() - kept_for) | Q(
        delivery__delivered_at=None, accepted_at__lt=Now() - UNDELIVERED_KEPT_FOR
    )
    with across_tenants("applications of all tenants whose time is over"):
        old = Application.objects.filter(is_over, erased_at=None).exclude(
            delivery__status=Delivery.Status.SENDING
        )
        ids = list(old.values_list("pk", flat=True)[:MOST_AT_ONCE])
    for application_id in ids:
        bell.send("integrations.tasks.erase_application", application_id)


def erase_application(application_id: str) -> None:
    with across_tenants("a task names its row by id alone"):
        application = Application.objects.filter(pk=application_id, erased_at=None).first()
    if application:
        applications.erase(application, reason="retention")
