"""The buttons at Customer Success's desk do what they say, to the rows they are for."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.models import (
    Application,
    Connection,
    Conversion,
    Delivery,
    Discovery,
    Feed,
    FeedSync,
    FormCheck,
    Posting,
    SenderSecret,
)
from tenants.models import User
from tenants.scoping import tenant_scope
from tests.factories import (
    ApplicationFactory,
    ConnectionFactory,
    ConversionFactory,
    DeliveryFactory,
    FeedFactory,
    FeedSyncFactory,
    FormCheckFactory,
    OutgoingFeedFactory,
    PostingFactory,
    SenderSecretFactory,
)
from tests.people import browser_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(carol: User) -> Client:
    return browser_of(carol)


def press(desk: Client, action: str, *rows: Any) -> str:
    """What the page says afterwards."""
    opts = rows[0]._meta
    url = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    pressed = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    answer = desk.post(url, pressed, follow=True)
    assert answer.status_code == 200
    return " ".join(str(message) for message in answer.context["messages"])


def again(row: Any) -> Any:
    with tenant_scope(row.tenant_id):
        return type(row).objects.get(pk=row.pk)


@pytest.mark.parametrize(
    ("make", "model"),
    [
        (ApplicationFactory.create, Application),
        (ConnectionFactory.create, Connection),
        (ConversionFactory.create, Conversion),
        (DeliveryFactory.create, Delivery),
        (FeedFactory.create, Feed),
        (FeedSyncFactory.create, FeedSync),
        (FormCheckFactory.create, FormCheck),
        (lambda: FormCheckFactory.create().posting, Posting),
        (SenderSecretFactory.create, SenderSecret),
    ],
)
def test_every_list_and_row_can_be_looked_at_and_shows_nothing_secret(
    desk: Client, make: Callable[[], Any], model: type[Any]
) -> None:
    row = make()
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}"
    pages = [desk.get(reverse(f"{name}_changelist")), desk.get(reverse(f"{name}_change", args=[row.pk]))]
    assert [page.status_code for page in pages] == [200, 200]
    secrets = ("ada@mail.example", "sender-secret", getattr(row, "key", None) if model is Feed else None)
    assert not any(it in page.text for it in secrets if it for page in pages)


def test_what_rests_is_sent_again_and_the_rest_is_not(desk: Client) -> None:
    held = DeliveryFactory.create(status="held", next_attempt_at=None)
    sending = DeliveryFactory.create(status="sending")
    said = press(desk, "send_again", held, sending)
    assert said == "1 of 2 are sent again; the others were not held."
    assert (again(held).status, again(sending).status) == ("ready", "sending")


def test_what_arrived_is_marked_and_what_cannot_have_arrived_is_not(desk: Client) -> None:
    doubtful = DeliveryFactory.create(status="held", is_in_doubt=True)
    others = [DeliveryFactory.create(status="held"), DeliveryFactory.create()]
    said = press(desk, "mark_arrived", doubtful, *others)
    assert said == "1 of 3 marked as delivered: those that may have arrived."
    assert [again(it).status for it in (doubtful, *others)] == ["delivered", "held", "ready"]


def test_conversions_are_sent_again_but_for_those_that_are_held(desk: Client) -> None:
    dead = ConversionFactory.create(status="dead", next_attempt_at=None)
    held = ConversionFactory.create(status="held", name="", next_attempt_at=None)
    assert press(desk, "send_again", dead, held).startswith("1 are sent again")
    assert (again(dead).status, again(held).status) == ("ready", "held")


def test_a_feed_is_synced_and_a_drop_accepted(desk: Client) -> None:
    held = FeedSyncFactory.create(status="held", closed=7)
    press(desk, "accept_drop", held)
    with tenant_scope(held.tenant_id):
        accepted = FeedSync.objects.latest("id")
        assert (accepted.may_close, accepted.trigger) == (7, "staff")
        FeedSync.objects.filter(pk=accepted.pk).update(finished_at=timezone.now())
    press(desk, "sync", held.feed)
    with tenant_scope(held.tenant_id):
        assert FeedSync.objects.filter(finished_at=None, trigger="staff").count() == 1


def listed(desk: Client, **query: str) -> list[str]:
    page = desk.get(reverse("admin:integrations_feed_changelist"), query)
    return [row.standing for row in page.context["cl"].result_list]


def test_feeds_are_listed_by_how_they_do(desk: Client) -> None:
    now = timezone.now()
    for status, synced_at in (
        ("done", now),
        ("done", now - timedelta(hours=3)),
        ("failed", now),
        ("held", now - timedelta(hours=3)),
        ("failed", None),
    ):
        FeedSyncFactory.create(status=status, feed__synced_at=synced_at)
    FeedFactory.create()
    long_ago = now - timedelta(hours=3)
    FeedFactory.create(tenant__status="paused", synced_at=long_ago)
    ConnectionFactory.create(status="disconnected", tenant=FeedFactory.create(synced_at=long_ago).tenant)
    expected = ["held", "late", "failing", "failing", "not_read", "in_time", "resting", "resting"]
    assert listed(desk, o="2") == expected
    for standing in set(expected):
        assert listed(desk, standing=standing) == [standing] * expected.count(standing)


def test_the_list_of_feeds_counts_jobs_and_what_boards_may_refuse(desk: Client) -> None:
    published = OutgoingFeedFactory.create(jobs=31, findings={"count": 2, "jobs": [{}]})
    PostingFactory.create(tenant=published.tenant)
    PostingFactory.create(tenant=published.tenant, closed_at=timezone.now())
    page = desk.get(reverse("admin:integrations_feed_changelist")).text
    for name, count in {"jobs": 1, "published": 31, "refusable": 2}.items():
        assert f'class="field-{name}">{count}</td>' in page


def test_an_address_is_shown_and_changed_by_who_may_act(desk: Client) -> None:
    feed = OutgoingFeedFactory.create().feed
    assert press(desk, "show_address", feed).endswith(f"/feeds/{feed.key}.xml")
    said = press(desk, "change_address", feed)
    assert again(feed).key != feed.key
    assert said.endswith(f"/feeds/{again(feed).key}.xml")


def test_a_drop_is_rejected(desk: Client, carol: User) -> None:
    held = FeedSyncFactory.create(status="held", closed=7)
    press(desk, "reject_drop", held)
    assert (again(held).decision, again(held).decided_by) == ("rejected", carol)


def test_only_a_live_account_is_read_again(desk: Client) -> None:
    active, stopped = ConnectionFactory.create(), ConnectionFactory.create(status="needs_authorization")
    press(desk, "read_again", active, stopped)
    for row, count in ((active, 1), (stopped, 0)):
        with tenant_scope(row.tenant_id):
            assert Discovery.objects.count() == count


def test_a_secret_is_withdrawn(desk: Client) -> None:
    secret = SenderSecretFactory.create()
    SenderSecretFactory.create(tenant=secret.tenant)
    assert press(desk, "withdraw", secret).endswith("refused from now on.")
    assert again(secret).withdrawn_at


def test_withdrawing_the_last_secret_says_what_that_means(desk: Client) -> None:
    first, other = SenderSecretFactory.create(), SenderSecretFactory.create()
    said = press(desk, "withdraw", first)
    assert f"{first.tenant} has no live secret: all its applications are refused." in said
    assert str(other.tenant) not in said
