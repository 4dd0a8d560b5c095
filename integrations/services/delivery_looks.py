"""Whether an application has arrived in the ATS, when its own answer never came."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from django.utils import timezone

from tenants.phrases import Phrase
from tenants.scoping import tenant_scope

from ..errors import IntegrationError
from ..models import Application, Connection, Delivery
from ..providers import ProviderClient
from ..types import Candidacy, Capability, OpportunityRecord
from . import applications, grants, work
from .delivery_outcomes import LOOK_AGAIN_AFTER, Outcome, delivered, held, not_found, unknown, unnamed

ATS_MAY_TELL_FOR = timedelta(minutes=30)
CLOCKS_MAY_DIFFER_BY = timedelta(minutes=2)


def look(delivery: Delivery) -> Outcome:
    """Whether it arrived. Absence is believed after two looks that lie apart; without the right to look, never."""
    with tenant_scope(delivery.tenant_id):
        connection = Connection.objects.get()
        application = Application.objects.select_related("posting").get(pk=delivery.application_id)
        candidacy = applications.candidacy_of(application, files=())
    if application.confirmed_at:
        return delivered(application.external_id)
    if Capability.READ_OPPORTUNITIES not in grants.capabilities(connection):
        return _wait_for_word(delivery)
    found = find(delivery, application, candidacy)
    if found:
        return delivered(found)
    if delivery.sent_at and delivery.sent_at > timezone.now() - LOOK_AGAIN_AFTER:
        # It may still be on its way there.
        return unknown()
    return not_found(delivery.looks + 1)


def name(delivery: Delivery) -> Outcome:
    """The id of one that is delivered, which neither the ATS's yes nor a person told."""
    with tenant_scope(delivery.tenant_id):
        connection = Connection.objects.get()
        application = Application.objects.select_related("posting").get(pk=delivery.application_id)
        is_known = application.external_id or application.erased_at
        may_look = Capability.READ_OPPORTUNITIES in grants.capabilities(connection)
        if is_known or not may_look or work.is_worn_out(delivery):
            return {"next_attempt_at": None}
        candidacy = applications.candidacy_of(application, files=())
    with suppress(IntegrationError):
        if found := find(delivery, application, candidacy):
            return {"next_attempt_at": None, "external_id": found}
    return unnamed(delivery)


def find(delivery: Delivery, application: Application, candidacy: Candidacy) -> str:
    """The ATS's id of our application: of this person and posting, since we accepted it, not another of ours.

    One with our source goes first; one without is taken too, since sending twice is worse.
    """
    posting_id, since = application.posting.external_id, application.accepted_at - CLOCKS_MAY_DIFFER_BY

    def search(client: ProviderClient) -> Sequence[OpportunityRecord]:
        return client.find_opportunities(candidacy.email, posting_id, since)

    found = sorted(grants.call(delivery.tenant_id, search), key=lambda it: candidacy.source not in it.sources)
    ids = [external_id for opportunity in found for external_id in opportunity.application_external_ids]
    with tenant_scope(delivery.tenant_id):
        taken = set(Application.objects.filter(external_id__in=ids).values_list("external_id", flat=True))
    return next((external_id for external_id in ids if external_id not in taken), "")


def _wait_for_word(delivery: Delivery) -> Outcome:
    if delivery.sent_at and delivery.sent_at > timezone.now() - ATS_MAY_TELL_FOR:
        return unknown()
    return held(
        "delivery.unconfirmed",
        Phrase("Lever did not say whether it arrived, and we are not allowed to look there."),
    )
