"""A delivery at the desk: what is wrong, what helps, what happened with links to what is stored, and two decisions."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Delivery
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tests import factories

from . import on_the_way
from .pages import text, words

pytestmark = pytest.mark.django_db


def change(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def decide(delivery: Delivery, decision: str) -> str:
    return reverse("admin:integrations_delivery_decide", args=[delivery.pk, decision])


def status_of(delivery: Delivery) -> str:
    with tenant_scope(delivery.tenant_id):
        return Delivery.objects.get(pk=delivery.pk).status


def audited() -> list[tuple[str, Any]]:
    with across_tenants("a test looks"):
        events = AuditEvent.objects.filter(action__startswith="delivery.")
        return [(it.action, it.actor) for it in events]


@pytest.mark.parametrize(
    ("make", "reason", "remedy"),
    [
        (on_the_way.in_doubt, "It may have arrived in Lever.", "Search for the candidate in Lever"),
        (on_the_way.misfit, "does not fit the job's form any more.", "The customer changes the question"),
        (on_the_way.refused, "Lever refused it.", "Read what Lever answered."),
    ],
)
def test_what_rests_says_why_and_what_to_press(
    desk: Client, northwind: Tenant, make: Callable[[Tenant], Delivery], reason: str, remedy: str
) -> None:
    made = make(northwind)
    page = words(desk.get(change(made)))
    assert reason in page
    assert remedy in page
    listed = words(desk.get(reverse("admin:integrations_delivery_changelist")))
    assert remedy in listed


def test_the_last_answer_is_told_with_its_detail(desk: Client, northwind: Tenant) -> None:
    page = words(desk.get(change(on_the_way.refused(northwind))))
    assert "Sent, and Lever refused it Lever refused this. Lever answered 400." in page
    assert "Try 1, 0.0 s. lever.refused POST /v1/postings/*/apply: 400 ValidationError phone is not" in page
    assert "Form 0a1b2c3d4e5f" in page


def test_what_happened_leads_to_the_stored_rows(desk: Client, northwind: Tenant, carol: User) -> None:
    made = on_the_way.reported(northwind)
    event = factories.WebhookEventFactory.create(
        tenant=northwind,
        name="applicationCreated",
        status="processed",
        outcome="the application has arrived in the ATS",
        opportunity_external_id=made.application.opportunity_external_id,
    )
    again = on_the_way.sent_again(northwind, carol)
    with across_tenants("a test looks"):
        conversions = list(made.application.conversions.all())
        decided = AuditEvent.objects.get(action="delivery.sent_again")
    page = text(desk.get(change(made)))
    rows = [made.application, made.application.posting, event, *conversions]
    assert [it for it in rows if f'href="{change(it)}"' not in page] == []
    assert "Webhook applicationCreated: processed" in page
    page = text(desk.get(change(again)))
    assert f'href="{change(decided)}"' in page
    assert "carol@appcast.example" in page


def test_an_application_leads_to_what_happened(desk: Client, northwind: Tenant) -> None:
    made = on_the_way.arrived(northwind)
    assert f'href="{change(made)}"' in text(desk.get(change(made.application)))


@pytest.mark.parametrize(
    ("make", "offered"),
    [
        (on_the_way.in_doubt, ["arrived", "send-again"]),
        (on_the_way.misfit, ["arrived", "send-again"]),
        (on_the_way.refused, ["send-again"]),
        (on_the_way.looked_up, []),
        (on_the_way.reported, []),
    ],
)
def test_only_what_can_be_said_is_offered(
    desk: Client, northwind: Tenant, make: Callable[[Tenant], Delivery], offered: list[str]
) -> None:
    made = make(northwind)
    assert re.findall(r"/decide/([\w-]+)/", text(desk.get(change(made)))) == offered


def test_of_what_was_erased_there_is_nothing_to_send(desk: Client, northwind: Tenant) -> None:
    made = on_the_way.erased(northwind)
    with tenant_scope(northwind.pk):
        Delivery.objects.filter(pk=made.pk).update(status="rejected", error_code="application.erased")
    page = text(desk.get(change(made)))
    assert "/decide/" not in page
    assert "there is nothing left to deliver" in page
    assert "Nothing was done" in words(desk.post(decide(made, "send-again"), follow=True))
    assert status_of(made) == "rejected"


@pytest.mark.parametrize(
    ("decision", "asks", "said", "status", "action"),
    [
        (
            "arrived",
            "You saw this application in Lever.",
            "Marked as delivered",
            "delivered",
            "delivery.marked_arrived",
        ),
        ("send-again", "Lever has it twice afterwards", "It is sent again.", "ready", "delivery.sent_again"),
    ],
)
def test_a_decision_is_asked_once_more_done_once_and_on_record(
    desk: Client,
    northwind: Tenant,
    carol: User,
    decision: str,
    asks: str,
    said: str,
    status: str,
    action: str,
) -> None:
    made = on_the_way.in_doubt(northwind)
    assert asks in words(desk.get(decide(made, decision)))
    assert (status_of(made), audited()) == ("held", [])
    assert said in words(desk.post(decide(made, decision), {"tries": made.attempts}, follow=True))
    assert "does not wait for that any more" in words(desk.post(decide(made, decision), follow=True))
    assert "does not wait for that any more" in words(desk.get(decide(made, decision), follow=True))
    assert (status_of(made), audited()) == (status, [(action, carol)])


def test_of_two_who_decide_at_once_the_second_is_told(
    desk: Client, northwind: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one decides between the look and the press."""
    made = on_the_way.in_doubt(northwind)
    rests = Delivery.objects.none

    def gone(*_: object, **__: object) -> Any:
        return rests()

    with monkeypatch.context() as patch:
        patch.setattr("integrations.services.deliveries.Delivery.objects.filter", gone)
        answer = desk.post(decide(made, "arrived"), {"tries": made.attempts}, follow=True)
    assert "somebody else decided at the same moment" in words(answer)
    assert (status_of(made), audited()) == ("held", [])


def test_a_doubt_is_named_where_there_is_one_alone(desk: Client, northwind: Tenant) -> None:
    page = words(desk.get(decide(on_the_way.misfit(northwind), "send-again")))
    assert "It is handed to Lever once more" in page
    assert "twice" not in page


def test_there_are_no_other_decisions(desk: Client, northwind: Tenant) -> None:
    made = on_the_way.in_doubt(northwind)
    assert "Nothing was done" in words(desk.post(decide(made, "forget"), follow=True))
    missing = reverse("admin:integrations_delivery_decide", args=[0, "arrived"])
    assert desk.get(missing).status_code == 404


def test_who_was_asked_before_the_last_try_is_asked_again(desk: Client, northwind: Tenant) -> None:
    made = on_the_way.misfit(northwind)
    seen = made.attempts
    with tenant_scope(northwind.pk):
        Delivery.objects.update(attempts=seen + 1, is_in_doubt=True)
    answer = desk.post(decide(made, "send-again"), {"tries": seen}, follow=True)
    assert "It was tried since you were asked" in words(answer)
    assert f'name="tries" value="{seen + 1}"' in text(answer)
    with tenant_scope(northwind.pk):
        assert Delivery.objects.get().status == "held"


def test_a_webhook_of_another_company_tells_nothing_of_this_one(desk: Client, northwind: Tenant) -> None:
    """Anybody's webhook may name any candidacy."""
    made = on_the_way.arrived(northwind)
    application = made.application
    with tenant_scope(northwind.pk):
        type(application).objects.update(opportunity_external_id="theirs")
    factories.WebhookEventFactory.create(name="foreignEvent", opportunity_external_id="theirs")
    assert "foreignEvent" not in text(desk.get(change(made)))
    factories.WebhookEventFactory.create(tenant=northwind, name="ownEvent", opportunity_external_id="theirs")
    assert "ownEvent" in text(desk.get(change(made)))


def test_what_may_have_arrived_is_not_sent_again_from_the_list(desk: Client, northwind: Tenant) -> None:
    doubtful, misfit = on_the_way.in_doubt(northwind), on_the_way.misfit(northwind)
    chosen = {"action": "send_again", "_selected_action": [str(doubtful.pk), str(misfit.pk)]}
    answer = desk.post(reverse("admin:integrations_delivery_changelist"), chosen, follow=True)
    assert "1 of 2 are sent again" in words(answer)
    assert "1 may have arrived: decide each on its own page." in words(answer)
    assert (status_of(doubtful), status_of(misfit)) == ("held", "ready")


def test_it_is_found_by_its_number_at_appcast(desk: Client, northwind: Tenant) -> None:
    made = on_the_way.arrived(northwind)
    on_the_way.arrived(northwind)
    found = desk.get(
        reverse("admin:integrations_delivery_changelist"), {"q": str(made.application.sender_id)}
    )
    assert "1 delivery" in words(found)


def test_who_may_only_look_decides_nothing(auditor: Client, northwind: Tenant) -> None:
    made = on_the_way.in_doubt(northwind)
    page = auditor.get(change(made))
    assert "Not confirmed: it needs a person" in words(page)
    assert "/decide/" not in text(page)
    for method in (auditor.get, auditor.post):
        assert method(decide(made, "arrived")).status_code == 403
    assert status_of(made) == "held"


def test_a_tenants_page_leads_to_those_that_need_a_person(
    desk: Client, northwind: Tenant, southgate: Tenant
) -> None:
    made, theirs = on_the_way.in_doubt(northwind), on_the_way.in_doubt(southgate)
    on_the_way.reported(northwind)
    links = re.findall(
        r'href="(/admin/integrations/delivery/[^"]*status__exact=held)"', text(desk.get(change(northwind)))
    )
    assert links
    for link in links:
        page = text(desk.get(link))
        assert str(made.application_id) in page
        assert str(theirs.application_id) not in page
