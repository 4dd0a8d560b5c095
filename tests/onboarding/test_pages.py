"""Every page renders for every state, shows a member of one step just that, and changes nothing by being looked at."""

import re
from collections.abc import Callable
from datetime import timedelta
from gzip import compress, decompress
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.models import Connection, FeedSync
from onboarding import problems
from onboarding.steps import BY_KEY
from tenants.models import Membership, Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.people import browser_of
from tests.tenants.belongings import furnish

from .pages import LIVE, STEP_KEYS, said, text, url
from .rows import delivered, drifted, endpoint, make_ready, rehearsed

pytestmark = pytest.mark.django_db
PAGES = ("checklist", "setup", *STEP_KEYS)
HEAVIEST = 100_000
STATIC_FILE = re.compile(r'(?:href|src)="/static/([^"]+)"')


def in_trouble(tenant: Tenant) -> None:
    """Something is wrong with every step."""
    stopped = {
        "status": Connection.Status.NEEDS_AUTHORIZATION,
        "error_message": "Lever did not accept our access.",
    }
    factories.ConnectionFactory.create(tenant=tenant, **stopped)
    feed = factories.FeedFactory.create(tenant=tenant, corrections=["We changed http to https."])
    failed = {
        "status": FeedSync.Status.FAILED,
        "error_code": "lever.feed_not_found",
        "error_message": "Lever does not know this any more.",
    }
    factories.FeedSyncFactory.create(
        tenant=tenant, feed=feed, warnings=["The feed could not be read."], **failed
    )
    swapped = endpoint(tenant, "stage_changed")
    factories.RejectedRequestFactory.create(tenant=tenant, endpoint=swapped, reason="other_events_token")
    drifted(tenant)
    factories.PolicyLinkFactory.create(tenant=tenant, checked_at=timezone.now(), error_message="404")
    unsupported = [{"text": "Your school?", "type": "university"}]
    factories.FormCheckFactory.create(tenant=tenant, status="unsupported", unsupported=unsupported)
    rehearsed(tenant, is_attributed=False)
    Tenant.objects.filter(pk=tenant.pk).update(uses_stepstone=True, status="paused")
    problems.diagnose(tenant)


def live(tenant: Tenant) -> None:
    make_ready(tenant)
    Tenant.objects.filter(pk=tenant.pk).update(status="live", live_at=timezone.now(), uses_stepstone=True)


def overridden(tenant: Tenant) -> None:
    for step in STEP_KEYS[:-1]:
        factories.StepOverrideFactory.create(tenant=tenant, step=step)


STATES: dict[str, Callable[[Tenant], object]] = {
    "fresh": lambda tenant: None,
    "ready": make_ready,
    "in trouble": in_trouble,
    "live": live,
    "overridden": overridden,
    "one row of every kind": furnish,
}


@pytest.mark.parametrize("state", STATES)
def test_every_page_renders(browser: Client, northwind: Tenant, state: str) -> None:
    STATES[state](northwind)
    for page in PAGES:
        shown = browser.get(url(page, northwind))
        assert shown.status_code == 200
        assert text(shown).count("<h1") == 1
        assert 'id="live"' in text(shown)


@pytest.mark.parametrize("state", STATES)
def test_no_page_weighs_more_than_100_kb_with_all_that_it_loads(
    browser: Client, northwind: Tenant, state: str
) -> None:
    STATES[state](northwind)
    for page in PAGES:
        shown = browser.get(url(page, northwind), headers={"Accept-Encoding": "gzip"})
        assert weight_of(shown.content) < HEAVIEST, page


def weight_of(page: bytes) -> int:
    """Bytes of a first visit: the page and its files, compressed as they are sent."""
    files = set(STATIC_FILE.findall(decompress(page).decode()))
    assert len(files) >= 4
    return len(page) + sum(len(compress(Path(finders.find(it) or "").read_bytes())) for it in files)


@pytest.mark.parametrize("state", STATES)
def test_htmx_gets_the_live_part_alone(browser: Client, northwind: Tenant, state: str) -> None:
    STATES[state](northwind)
    for page in PAGES:
        shown = browser.get(url(page, northwind), headers=LIVE)
        part = text(shown)
        assert (shown.status_code, "<html" in part, "<h1" in part) == (200, False, False)
        assert part.lstrip().startswith(('<section id="live"', '<div id="live"'))


def test_a_boosted_or_other_request_of_htmx_gets_the_page(browser: Client, northwind: Tenant) -> None:
    for page in PAGES:
        shown = browser.get(url(page, northwind), headers={"HX-Request": "true", "HX-Target": "other"})
        assert "<html" in text(shown)


def test_a_live_part_whose_session_has_ended_loads_its_page_again(northwind: Tenant) -> None:
    for page in PAGES:
        answer = Client().get(url(page, northwind), headers=LIVE)
        assert (answer.status_code, answer.headers.get("HX-Refresh"), answer.content) == (200, "true", b"")
        assert Client().get(url(page, northwind)).status_code == 302


def test_looking_changes_nothing(browser: Client, northwind: Tenant) -> None:
    in_trouble(northwind)
    browser.get(url("webhooks", northwind))  # the addresses are made at the first look
    for page in PAGES:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            browser.get(url(page, northwind))
        assert not [it for it in queries if it["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("authorize_start", ()),
        ("authorize_discover", ()),
        ("feed_keep", ()),
        ("feed_sync", ()),
        ("webhooks_create", ()),
        ("webhooks_look", ()),
        ("webhooks_swap", ()),
        ("webhooks_token", (1,)),
        ("stages_table", ()),
        ("stages_confirm", ()),
        ("stages_remap", (1,)),
        ("stages_remove", (1,)),
        ("policies_open", ()),
        ("forms_check", ()),
        ("rehearsal_start", ()),
        ("go_live_request", ()),
        ("go_live_withdraw", ()),
        ("share", ("feed",)),
    ],
)
def test_what_acts_takes_no_get(
    browser: Client, northwind: Tenant, name: str, args: tuple[object, ...]
) -> None:
    assert browser.get(url(name, northwind, *args)).status_code == 405


def test_forms_need_their_token(alice: User, northwind: Tenant) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice, "allauth.account.auth_backends.AuthenticationBackend")
    assert browser.post(url("go_live_request", northwind)).status_code == 403


@pytest.mark.parametrize("only", STEP_KEYS)
def test_a_member_asked_for_one_step_opens_just_that(bob: User, northwind: Tenant, only: str) -> None:
    with tenant_scope(northwind.pk):
        Membership.objects.filter(user=bob).update(steps=[only])
    browser = browser_of(bob)
    answers = {key: browser.get(url(key, northwind)).status_code for key in STEP_KEYS}
    assert answers == {key: 200 if key == only else 404 for key in STEP_KEYS}
    shares = {browser.post(url("share", northwind, key)).status_code for key in STEP_KEYS}
    assert shares == {404}  # they were asked, and ask nobody
    page = text(browser.get(url("checklist", northwind)))
    assert str(BY_KEY[only].title) in page
    assert page.count('<li class="task') == 1


def test_what_a_row_tells_is_not_told_again(browser: Client, northwind: Tenant) -> None:
    in_trouble(northwind)
    page = text(browser.get(url("checklist", northwind)))
    assert "The feed could not be read." in page
    assert "The job feed cannot be read" not in page


def test_what_no_row_tells_stands_at_the_end_for_those_whose_step_it_is(
    browser: Client, bob: User, northwind: Tenant
) -> None:
    make_ready(northwind)
    factories.ConversionFactory.create(tenant=northwind, status="held")
    factories.FeedFactory.create(tenant=factories.TenantFactory.create(), synced_at=None)
    delivered(endpoint(northwind, "hired"), status="quarantined")
    problems.diagnose(northwind)
    page = text(browser.get(url("checklist", northwind)))
    assert "Conversions wait for a stage's mapping" in page.split('class="task-list"')[1]
    assert "Signed webhooks were put aside" not in page
    for step, is_shown in (("stages", True), ("forms", False)):
        with tenant_scope(northwind.pk):
            Membership.objects.filter(user=bob).update(steps=[step])
        assert ("Conversions wait" in text(browser_of(bob).get(url("checklist", northwind)))) is is_shown


def test_a_done_step_folds_its_instructions(browser: Client, northwind: Tenant) -> None:
    make_ready(northwind)
    for key, again in (("authorize", "Authorize Lever again"), ("policies", "Change your answers")):
        assert f"<summary>{again}</summary>" in text(browser.get(url(key, northwind)))


def test_someone_without_a_company_is_told_what_to_do(db: None) -> None:
    lonely = factories.UserFactory.create()
    assert "Open the link in your invitation" in text(browser_of(lonely).get("/"))


def test_someone_with_one_company_comes_to_its_list(browser: Client, northwind: Tenant) -> None:
    assert "Connect Lever and Appcast" in said(browser, browser.get("/"))


def test_someone_with_several_chooses(browser: Client, alice: User, southgate: Tenant) -> None:
    factories.MembershipFactory.create(tenant=southgate, user=alice)
    page = text(browser.get("/"))
    assert ("Northwind Logistics" in page, "Southgate Retail" in page) == (True, True)


def test_staff_without_a_company_come_to_the_desk(carol: User) -> None:
    assert browser_of(carol).get("/").headers["Location"] == "/admin/"


def test_many_questions_are_paged_and_many_jobs_of_one_counted(browser: Client, northwind: Tenant) -> None:
    factories.ConnectionFactory.create(tenant=northwind)
    common = [{"text": "Your school?", "type": "university"}]
    factories.FormCheckFactory.create_batch(23, tenant=northwind, status="unsupported", unsupported=common)
    for number in range(5):
        rare = [{"text": f"Rare {number}", "type": "score"}]
        factories.FormCheckFactory.create(tenant=northwind, status="unsupported", unsupported=rare)
    page = text(browser.get(url("forms", northwind)))
    assert [
        it for it in ("28 jobs have a question", "1 to 5 of 6", "and 3 more jobs") if it not in page
    ] == []
    last = text(browser.get(url("forms", northwind), {"page": 2}))
    assert ("Rare 4" in last, "Your school?" in last) == (True, False)


def test_the_age_of_a_proof_is_shown(browser: Client, northwind: Tenant) -> None:
    long_ago = timezone.now() - timedelta(hours=2)
    factories.ConnectionFactory.create(tenant=northwind, proved_at=long_ago)
    assert "2 hours ago" in text(browser.get(url("authorize", northwind))).replace("\xa0", " ")


def test_whoever_is_stuck_reads_whom_to_write_to(browser: Client, northwind: Tenant, carol: User) -> None:
    assert "mailto:" not in text(browser.get(url("feed", northwind)))
    Tenant.objects.filter(pk=northwind.pk).update(owner=carol)
    for name in ("checklist", "feed", "people"):
        assert 'href="mailto:carol@appcast.example"' in text(browser.get(url(name, northwind)))
    User.objects.filter(pk=carol.pk).update(is_active=False)
    assert "carol@" not in text(browser.get(url("feed", northwind)))


def test_who_invites_nobody_is_not_told_to_hand_steps_over(
    browser: Client, northwind: Tenant, bob: User
) -> None:
    said_to_owners = "hand single steps to a colleague"
    assert said_to_owners in text(browser.get(url("checklist", northwind)))
    assert said_to_owners not in text(browser_of(bob).get(url("checklist", northwind)))


def test_a_step_that_is_not_for_its_helper_is_handed_back_from_its_own_page(
    browser: Client, northwind: Tenant, bob: User
) -> None:
    with tenant_scope(northwind.pk):
        Membership.objects.filter(user=bob).update(steps=["policies"])
    back = f'<a href="{url("people_leave", northwind)}">Not for me: hand it back</a>'
    assert back in text(browser_of(bob).get(url("policies", northwind)))
    assert back not in text(browser.get(url("policies", northwind)))


def test_a_list_of_forms_that_is_read_meanwhile_is_offered_anew(browser: Client, northwind: Tenant) -> None:
    factories.ConnectionFactory.create(tenant=northwind)
    unsupported = [{"text": "Your school?", "type": "university"}]
    check = factories.FormCheckFactory.create(tenant=northwind, status="unsupported", unsupported=unsupported)
    page = text(browser.get(url("forms", northwind)))
    looks = f"{url('forms', northwind)}?shown=1"
    assert f'hx-get="{looks}"' in page
    assert "show the list" not in page
    with tenant_scope(northwind.pk):
        type(check).objects.update(status="supported", unsupported=[])
    look = text(browser.get(looks, headers=LIVE))
    assert f'hx-get="{looks}"' in look
    assert "show the list as it is now" in look
