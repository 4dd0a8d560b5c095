"""What a mail says, where it leads, and how its reader ends it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from onboarding import notices
from onboarding.models import Notice
from onboarding.notices import letters
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import tenant_scope

from .mailing import DAY, broken, go_live, long_live, mailed, stopped

pytestmark = pytest.mark.django_db


def test_a_mail_names_one_action_leads_to_it_and_says_how_to_end_it(
    northwind: Tenant, alice: User, clock: Any
) -> None:
    live = go_live(northwind)
    broken(live, since=timezone.now() - DAY)
    broken(live, "policy.unreachable", since=timezone.now() - DAY, detail="<b>404</b>")
    notices.notify(live)
    (letter,) = mail.outbox
    assert letter.to == ["alice@northwind.example"]
    assert "/t/northwind/feed/" in letter.body
    assert "Also waiting for you:\n- Correct a link to your policies:" in letter.body
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert isinstance(letter, mail.EmailMultiAlternatives)
    html = str(letter.alternatives[0][0])
    assert "/t/northwind/feed/" in html
    assert "<b>404</b>" not in html


def test_a_mail_that_is_refused_counts_as_none_and_is_tried_again_in_a_while(
    northwind: Tenant, alice: User, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = long_live(northwind, clock)
    broken(live, since=timezone.now() - DAY)

    def refuse(self: Any) -> int:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
        notices.notify(live)
    notices.notify(live)
    assert mail.outbox == []
    clock.shift(timedelta(minutes=16))
    notices.notify(live)
    assert len(mail.outbox) == 1
    with tenant_scope(live.pk):
        assert Notice.objects.get(code="feed.failed").sent_count == 1


def test_the_link_in_a_mail_ends_it_with_one_button_and_a_look_ends_nothing(
    northwind: Tenant, alice: User, clock: Any
) -> None:
    live = go_live(northwind)
    notices.notify(live)
    link = re.search(r"/notices/[^/\s]+/", str(mail.outbox[0].body))
    assert link
    stranger = Client(enforce_csrf_checks=True)
    page = stranger.get(link[0])
    assert "No more e-mails about this" in page.content.decode()
    assert stopped(live) == []
    stranger.post(link[0], {"List-Unsubscribe": "One-Click"})
    assert stopped(live) == ["digest"]
    mail.outbox.clear()
    assert mailed(live, clock, 20, every=DAY) == []
    stranger.post(link[0], {"again": "yes"})
    notices.notify(live)
    assert len(mail.outbox) == 1
    with tenant_scope(live.pk):
        audited = AuditEvent.objects.order_by("pk").values_list("action", "actor")
        assert list(audited) == [("notice.stopped", alice.pk), ("notice.resumed", alice.pk)]


def test_what_is_told_once_promises_no_further_mail(northwind: Tenant, alice: User, clock: Any) -> None:
    northwind.status, northwind.live_at = Tenant.Status.LIVE, timezone.now()
    northwind.save()
    notices.notify(northwind)
    clock.shift(DAY)
    broken(northwind, since=timezone.now() - DAY)
    notices.notify(northwind)
    once, reminder = (str(it.body) for it in mail.outbox)
    assert "We write about this once." in once
    assert "We write at most once a day" not in once
    assert "We write at most once a day" in reminder


@pytest.mark.parametrize(
    ("code", "pace"),
    [
        ("digest", "You get it once a week."),
        ("live.approved", "You get one e-mail about it."),
        ("feed.failed", "You get e-mails about it until it is done."),
    ],
)
def test_the_page_behind_the_link_says_how_often_its_reader_is_mailed(
    northwind: Tenant, alice: User, code: str, pace: str
) -> None:
    with tenant_scope(northwind.pk):
        notice = Notice.objects.create(tenant=northwind, user=alice, code=code, opened_at=timezone.now())
    page = Client().get(f"/notices/{letters.token_of(notice)}/").content.decode()
    assert pace in page


def test_a_forged_link_leads_nowhere(northwind: Tenant) -> None:
    assert Client().get("/notices/1:abc:def/").status_code == 404
