"""What is erased with an application: the bodies of the events that spoke of it. What was read of them stays."""

from django.db.models import Q

from integrations.fields import SealedBytes
from integrations.models import Application
from tenants.scoping import tenant_scope

from .models import WebhookEvent

NOTHING = SealedBytes()


def empty_bodies(application: Application, **_: object) -> None:
    """In a transaction of its own: a worker that holds one of these waits for its application, which is free by now."""
    with tenant_scope(application.tenant_id):
        told = WebhookEvent.objects.filter(_speaks_of(application))
        locked = told.order_by(*WebhookEvent.ARRIVAL).select_for_update()
        WebhookEvent.objects.filter(pk__in=list(locked.values_list("pk", flat=True))).update(body=NOTHING)


def _speaks_of(application: Application) -> Q:
    """By what each is indexed."""
    parked = Q(status=WebhookEvent.Status.PARKED, application_external_id=application.external_id)
    of_candidacy = Q(opportunity_external_id=application.opportunity_external_id)
    return (parked & ~Q(application_external_id="")) | (of_candidacy & ~Q(opportunity_external_id=""))
