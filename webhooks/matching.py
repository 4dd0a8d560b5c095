"""Of which application of ours an event speaks, by the ids that it names and that the ATS's record lists."""

from collections.abc import Collection, Iterable

from django.db.models import Q, QuerySet

from integrations.models import Application
from integrations.types import OpportunityRecord

from .models import WebhookEvent


def candidates_of(events: Collection[WebhookEvent]) -> QuerySet[Application]:
    """Whatever any of these may speak of, the oldest first."""
    named = {it.application_external_id for it in events} - {""}
    candidacies = {it.opportunity_external_id for it in events} - {""}
    either = Q(external_id__in=named) | Q(opportunity_external_id__in=candidacies)
    return Application.objects.filter(either).order_by("accepted_at", "pk")


def chosen(event: WebhookEvent, candidates: Iterable[Application]) -> Application | None:
    """Ours, by the ATS's id of the application, or of the candidacy where no other application is named."""
    named, candidacy = event.application_external_id, event.opportunity_external_id
    by_name, of_candidacy = [], []
    for it in candidates:
        if named and it.external_id == named:
            by_name.append(it)
        elif candidacy and it.opportunity_external_id == candidacy and not (named and it.external_id):
            of_candidacy.append(it)
    return next(iter(by_name + of_candidacy), None)


def application_in(event: WebhookEvent, opportunity: OpportunityRecord | None) -> Application | None:
    """Ours among those that the ATS's record lists, locked; remembered, so that later events need no reading."""
    ids = opportunity.application_external_ids if opportunity else ()
    named = Application.objects.select_for_update().filter(external_id__in=[it for it in ids if it])
    application = named.first()
    if application and not application.opportunity_external_id:
        application.opportunity_external_id = event.opportunity_external_id
        application.save(update_fields=["opportunity_external_id"])
    return application
