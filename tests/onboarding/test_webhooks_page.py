"""Tokens in, what came out: pasted, swapped, unsigned, told to whom. Requests are signed as Lever signs."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenants.models import Membership, Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.people import browser_of
from tests.webhooks.lever import DAY_MS, OTHER_SECRET, SECRET, STAGE_CHANGE, delivery, now_ms, post
from webhooks import endpoints
from webhooks.models import RejectedRequest, SigningSecret, WebhookEndpoint, WebhookEvent

from .pages import refused, said, text, url
from .rows import delivered, endpoint, told
from .webhooks_page import address, last_act, lever_sends, page_of, paste

pytestmark = pytest.mark.django_db
THIRD_SECRET = "c" * 48


def verify(to: WebhookEndpoint, event: str, secret: str) -> int:
    """Lever's “Verify connection” of this event, where the address was entered for it."""
    answer: int = post(to, delivery({}, event=event, secret=secret)).status_code
    return answer


def happen(to: WebhookEndpoint, event: str, secret: str) -> int:
    answer: int = post(to, delivery({"opportunityId": "o-1"}, event=event, secret=secret)).status_code
    return answer


def test_each_event_has_its_own_address_to_copy(browser: Client, northwind: Tenant) -> None:
    page = page_of(browser, northwind)
    with tenant_scope(northwind.pk):
        addresses = [endpoints.url_of(it) for it in endpoints.of_tenant(northwind)]
    assert len(set(addresses)) == 5
    assert all(f">{it}</textarea>" in page for it in addresses)


def test_a_token_is_kept_sealed_and_never_shown_again(
    browser: Client, northwind: Tenant, created: WebhookEndpoint
) -> None:
    page = paste(browser, created, f"  {SECRET} \n")
    assert last_act(northwind) == "alice@northwind.example pasted a signature token"
    assert "is kept, sealed." in page
    assert SECRET not in page
    with tenant_scope(northwind.pk):
        assert SigningSecret.objects.get().secret == SECRET
    assert told(northwind, "webhooks").state == "in_progress"


@pytest.mark.parametrize("pasted", ["", "short", "no-punctuation-in-tokens!", "x" * 401])
def test_what_is_no_token_is_refused_and_not_sent_back(
    browser: Client, northwind: Tenant, created: WebhookEndpoint, pasted: str
) -> None:
    page = refused(browser.post(url("webhooks_token", northwind, created.pk), {"secret": pasted}))
    assert not pasted or pasted not in page
    with tenant_scope(northwind.pk):
        assert not SigningSecret.objects.exists()


def test_a_refused_token_says_what_was_expected_and_how_much_came(
    browser: Client, northwind: Tenant, created: WebhookEndpoint
) -> None:
    page = refused(browser.post(url("webhooks_token", northwind, created.pk), {"secret": "abc"}))
    assert "Expected a signature token: letters and digits, usually 48 of them" in page
    assert "What you pasted has 3 characters." in page


def test_the_address_of_another_tenant_takes_no_token(
    browser: Client, northwind: Tenant, southgate: Tenant
) -> None:
    theirs = address(southgate, "stage_changed")
    answer = browser.post(url("webhooks_token", northwind, theirs.pk), {"secret": SECRET})
    assert answer.status_code == 404
    with tenant_scope(southgate.pk):
        assert not SigningSecret.objects.exists()


def test_what_came_before_the_token_is_proved_by_it(
    browser: Client, northwind: Tenant, created: WebhookEndpoint
) -> None:
    assert lever_sends(created, SECRET) == 401
    assert "its token was not pasted here yet" in page_of(browser, northwind)
    assert "1 earlier delivery is proved by it." in paste(browser, created, SECRET)
    with tenant_scope(northwind.pk):
        assert (WebhookEvent.objects.count(), RejectedRequest.objects.count()) == (1, 0)


def test_one_token_for_both_events_is_refused_with_the_way_on(
    browser: Client, northwind: Tenant, created: WebhookEndpoint, moved: WebhookEndpoint
) -> None:
    paste(browser, moved, SECRET)
    page = refused(browser.post(url("webhooks_token", northwind, created.pk), {"secret": SECRET}))
    assert "Received the one that is kept for “Candidate Stage Change”" in page
    paste(browser, moved, OTHER_SECRET)
    assert "is kept, sealed" in paste(browser, created, SECRET)


def test_a_token_in_the_wrong_field_is_undone_by_the_right_one_that_was_there_before(
    browser: Client, northwind: Tenant, created: WebhookEndpoint, moved: WebhookEndpoint
) -> None:
    """Changed in Lever, and pasted into the other event's field first: the refusal says the way on, and it is one."""
    paste(browser, created, SECRET)
    paste(browser, moved, OTHER_SECRET)
    assert [lever_sends(created, SECRET), lever_sends(moved, OTHER_SECRET)] == [200, 200]
    paste(browser, created, THIRD_SECRET)
    page = refused(browser.post(url("webhooks_token", northwind, moved.pk), {"secret": THIRD_SECRET}))
    assert "If “Application Created” has the wrong one, paste its own there first." in page
    assert "A token that was pasted after it had proved nothing, and is removed." in paste(
        browser, created, SECRET
    )
    assert "is kept, sealed" in paste(browser, moved, THIRD_SECRET)
    assert [lever_sends(created, SECRET), lever_sends(moved, THIRD_SECRET)] == [200, 200]


def test_the_field_that_something_is_wrong_with_comes_first(
    browser: Client, northwind: Tenant, created: WebhookEndpoint, moved: WebhookEndpoint
) -> None:
    paste(browser, created, SECRET)
    paste(browser, moved, OTHER_SECRET)
    named = [f"Save the token of {it}</button>" for it in ("Application Created", "Candidate Stage Change")]
    first, second = map(page_of(browser, northwind).index, named)
    assert first < second
    lever_sends(moved, THIRD_SECRET)
    first, second = map(page_of(browser, northwind).index, named)
    assert second < first


def test_swapped_tokens_are_found_and_one_press_puts_them_right(
    browser: Client, northwind: Tenant, created: WebhookEndpoint, moved: WebhookEndpoint
) -> None:
    paste(browser, created, OTHER_SECRET)
    paste(browser, moved, SECRET)
    assert [lever_sends(created, SECRET), lever_sends(moved, OTHER_SECRET)] == [401, 401]
    page = page_of(browser, northwind)
    assert "signed with the other event's token" in page
    assert "Swap the two tokens</button>" in page
    after = said(browser, browser.post(url("webhooks_swap", northwind)))
    assert "what came meanwhile was checked again" in after
    assert "Swap the two tokens" not in after
    assert told(northwind, "webhooks").state == "done"
    assert last_act(northwind) == "alice@northwind.example swapped the two signature tokens"
    assert [lever_sends(created, SECRET), lever_sends(moved, OTHER_SECRET)] == [200, 200]


def test_crossed_urls_and_crossed_tokens_are_mended_one_after_the_other(
    browser: Client, northwind: Tenant, created: WebhookEndpoint, moved: WebhookEndpoint
) -> None:
    paste(browser, created, OTHER_SECRET)
    paste(browser, moved, SECRET)
    for misplaced in (verify, happen):
        crossed = (
            misplaced(moved, "applicationCreated", SECRET),
            misplaced(created, STAGE_CHANGE, OTHER_SECRET),
        )
        assert crossed == (200, 200)
        page = page_of(browser, northwind)
        assert "Webhooks > Candidate Stage Change: enter its own URL" in page
        assert "Lever's “Verify connection” came" not in page
    for test in (("applicationCreated", SECRET, created), (STAGE_CHANGE, OTHER_SECRET, moved)):
        assert verify(test[2], *test[:2]) == 401
    assert "Swap the two tokens</button>" in page_of(browser, northwind)
    assert "Swap the two tokens" not in said(browser, browser.post(url("webhooks_swap", northwind)))
    assert told(northwind, "webhooks").proved_by == "rehearsal"


def test_swapping_is_not_offered_for_a_url_that_was_entered_for_the_other_event(
    browser: Client, northwind: Tenant, created: WebhookEndpoint, moved: WebhookEndpoint
) -> None:
    paste(browser, created, SECRET)
    paste(browser, moved, OTHER_SECRET)
    assert post(created, delivery(secret=OTHER_SECRET)).status_code == 401
    page = page_of(browser, northwind)
    assert "enter its own URL from this page" in page
    assert "Swap the two tokens" not in page


@pytest.mark.parametrize(
    ("secret", "told_so"),
    [(None, "without a signature"), (OTHER_SECRET, "signed with a token that we do not know")],
)
def test_an_unbelieved_request_is_told(
    browser: Client, northwind: Tenant, created: WebhookEndpoint, secret: str | None, told_so: str
) -> None:
    paste(browser, created, SECRET)
    assert lever_sends(created, secret) == 401
    assert told_so in page_of(browser, northwind)


def test_with_a_token_and_nothing_else_nothing_came_yet(
    browser: Client, northwind: Tenant, created: WebhookEndpoint
) -> None:
    paste(browser, created, SECRET)
    page = page_of(browser, northwind)
    assert ("Nothing came yet" in page, "Its signature token is missing" in page) == (True, True)


def test_levers_own_test_is_told_from_a_real_event(
    browser: Client, northwind: Tenant, created: WebhookEndpoint
) -> None:
    paste(browser, created, SECRET)
    assert post(created, delivery({}, event="applicationCreated")).status_code == 200
    assert "Lever's “Verify connection” came now: address and token are right." in page_of(browser, northwind)


def verified(tenant: Tenant) -> None:
    for kind in endpoints.NEEDED:
        delivered(endpoint(tenant, kind), kind="test")


@pytest.mark.parametrize("steps", [["webhooks"], ["feed", "webhooks"]])
def test_a_helper_is_told_when_their_part_is_done_and_who_goes_on(
    northwind: Tenant, alice: User, bob: User, steps: list[str]
) -> None:
    with tenant_scope(northwind.pk):
        Membership.objects.filter(user=bob).update(steps=steps)
    verified(northwind)
    page = page_of(browser_of(bob), northwind)
    assert "Your part is done; the rehearsal that alice@northwind.example starts proves it." in page
    assert "Who acts next: alice@northwind.example" in page
    assert "Who acts next: Lever" not in page
    assert url("rehearsal", northwind) not in page
    mine = text(browser_of(bob).get(url("checklist", northwind)))
    assert ("The rehearsal that alice@northwind.example starts goes on from here." in mine) is (
        steps == ["webhooks"]
    )


def test_who_may_rehearse_is_led_to_the_proof(browser: Client, northwind: Tenant) -> None:
    verified(northwind)
    page = page_of(browser, northwind)
    assert f'<a href="{url("rehearsal", northwind)}">the rehearsal</a> proves it.' in page
    assert "Who acts next: Lever" not in page


def test_a_helper_who_switched_both_on_is_told_who_brings_the_first_delivery(
    northwind: Tenant, alice: User, bob: User
) -> None:
    with tenant_scope(northwind.pk):
        Membership.objects.filter(user=bob).update(steps=["webhooks"])
    for kind in endpoints.NEEDED:
        endpoint(northwind, kind)
    page = page_of(browser_of(bob), northwind)
    assert "Are both on in Lever? Then your part is done; the rehearsal that alice@northwind.example" in page


def company_beside(tenant: Tenant, other: Tenant) -> WebhookEndpoint:
    """The other company's address; its Lever account has a token of its own."""
    theirs = address(other, "application_created")
    factories.SigningSecretFactory.create(tenant=other, endpoint=theirs, secret=OTHER_SECRET)
    return theirs


def test_whoever_runs_both_companies_is_told_that_their_urls_are_mixed_up(
    browser: Client, alice: User, northwind: Tenant, southgate: Tenant, created: WebhookEndpoint
) -> None:
    company_beside(northwind, southgate)
    factories.MembershipFactory.create(tenant=southgate, user=alice)
    paste(browser, created, SECRET)
    assert lever_sends(created, OTHER_SECRET) == 401
    for page in (page_of(browser, northwind), page_of(browser, southgate)):
        assert re.search(
            "one of “Application Created” [a-z0-9 ]+ at the address of Northwind Logistics: its URL was entered in "
            "Lever's account of Southgate Retail",
            page,
        )
        assert "Application Created: enter the URL from the page of Southgate Retail." in page


@pytest.mark.parametrize("role", [None, "member"])
def test_to_others_the_token_of_another_company_is_one_that_nobody_knows(
    browser: Client,
    alice: User,
    northwind: Tenant,
    southgate: Tenant,
    created: WebhookEndpoint,
    role: str | None,
) -> None:
    company_beside(northwind, southgate)
    if role:
        factories.MembershipFactory.create(tenant=southgate, user=alice, role=role)
    paste(browser, created, SECRET)
    assert lever_sends(created, OTHER_SECRET) == 401
    page = page_of(browser, northwind)
    assert "signed with a token that we do not know" in page
    assert "Southgate" not in page


@pytest.mark.parametrize("place", [{"role": "member"}, {"role": "member", "steps": ["webhooks"]}])
def test_who_runs_the_other_company_alone_is_told_as_little(
    browser: Client,
    northwind: Tenant,
    southgate: Tenant,
    charlie: User,
    created: WebhookEndpoint,
    place: dict[str, Any],
) -> None:
    company_beside(northwind, southgate)
    factories.MembershipFactory.create(tenant=northwind, user=charlie, **place)
    paste(browser, created, SECRET)
    assert lever_sends(created, OTHER_SECRET) == 401
    assert "Southgate" not in page_of(browser_of(charlie), northwind)


def test_without_a_doubtful_request_a_look_costs_the_same_for_however_many_companies(
    browser: Client, alice: User, northwind: Tenant
) -> None:
    page_of(browser, northwind)
    counts = []
    for more in (2, 5):
        for _ in range(more):
            other = factories.MembershipFactory.create(user=alice).tenant
            address(other, "application_created")
        with CaptureQueriesContext(connection) as queries:
            page_of(browser, northwind)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_event_at_the_other_events_url_is_told_with_the_place_to_mend(
    browser: Client, northwind: Tenant, created: WebhookEndpoint, moved: WebhookEndpoint
) -> None:
    paste(browser, created, SECRET)
    paste(browser, moved, OTHER_SECRET)
    assert post(moved, delivery({"applicationId": "a"}, event="applicationCreated")).status_code == 401
    page = page_of(browser, northwind)
    assert "of “Application Created”: the URL of “Candidate Stage Change” was entered there" in page
    assert "Webhooks > Application Created: enter its own URL from this page." in page


def test_what_is_too_old_is_told_with_how_to_bring_something_new(
    browser: Client, northwind: Tenant, created: WebhookEndpoint
) -> None:
    paste(browser, created, SECRET)
    month_ago = now_ms() - 30 * DAY_MS
    old = delivery({"applicationId": "a"}, event="applicationCreated", at=month_ago)
    assert post(created, old).status_code == 200
    page = page_of(browser, northwind)
    assert "too old to count" in page
    assert "Move a candidate in Lever, or start the rehearsal." in page


def test_the_log_tells_the_last_ten_requests_and_what_became_of_them(
    browser: Client, northwind: Tenant, created: WebhookEndpoint
) -> None:
    for _ in range(8):
        assert lever_sends(created, OTHER_SECRET) == 401
    paste(browser, created, SECRET)
    assert [lever_sends(created, SECRET), lever_sends(created, None)] == [200, 401]
    assert post(created, delivery({}, event="applicationCreated")).status_code == 200
    page = page_of(browser, northwind)
    assert "Last requests of “Application Created” (10)" in page
    verdicts = re.findall(r"<strong>(.+?)</strong>\s+<span class=\"hint\">(.+?)</span>", page)
    again = "kept; checked again when a token is pasted"
    assert verdicts == [
        ("correctly signed", "Lever's own test"),
        ("unsigned", "kept"),
        ("correctly signed", "being processed"),
        *[("signed, its token is not here yet", again)] * 7,
    ]
    assert "a-1" not in page


def test_what_waits_for_its_token_is_counted_beside_the_field(
    browser: Client, northwind: Tenant, created: WebhookEndpoint
) -> None:
    for _ in range(2):
        assert lever_sends(created, SECRET) == 401
    page = page_of(browser, northwind)
    assert "2 requests wait for their token, and are checked again when you save it." in page
    assert "2 earlier deliveries are proved by it." in paste(browser, created, f" “{SECRET}” ")
