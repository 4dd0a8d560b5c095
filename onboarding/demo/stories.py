"""One story per demo tenant. Each is told again at every start, since the sandbox forgets when it stops."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from integrations.errors import AuthorizationError
from integrations.models import Application, Feed, FeedSync
from integrations.services import feeds, grants
from tenants import invitations
from tenants.models import Invitation, Tenant, User
from tenants.scoping import tenant_scope

from .. import golive, problems, rehearsals
from . import sandbox, way

APPLICANTS = 8
DAYS_AGO = (0, 0, 1, 1, 1, 3, 5, 6)
LIVE_FOR = timedelta(days=9)
A_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Story:
    """`summary` says what to look at."""

    slug: str
    name: str
    summary: str
    tell: Callable[[Tenant], None]

    @property
    def email(self) -> str:
        return f"admin@{self.slug}.example"


def _invited(tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        is_new = not Invitation.objects.exists()
        is_waiting = Invitation.objects.filter(accepted_at=None, revoked_at=None).exists()
    if is_new or is_waiting:
        invitations.invite(tenant, invitations.Invitee(f"admin@{tenant.slug}.example"), invited_by=None)


def _half_set_up(tenant: Tenant) -> None:
    admin = _admin(tenant)
    way.authorize(tenant, admin)
    way.connect_feed(tenant, admin)


def _waiting(tenant: Tenant) -> None:
    way.clear_forms(tenant)  # before they are read: what the portal lists must stand in Lever
    _half_set_up(tenant)
    _set_up_the_rest(tenant)


def _set_up_the_rest(tenant: Tenant) -> None:
    admin = _admin(tenant)
    way.make_webhooks_by_hand(tenant, admin)
    way.confirm_stages(tenant, admin)
    way.state_policies(tenant, admin)


def _busy(tenant: Tenant) -> None:
    _waiting(tenant)
    way.register_sender(tenant)
    with tenant_scope(tenant.pk):
        is_told = Application.objects.exists()
    if not is_told:
        _apply(tenant)
        _recruit(tenant)
        _spread(tenant)
    Tenant.objects.filter(pk=tenant.pk).update(
        status=Tenant.Status.LIVE, live_at=tenant.live_at or timezone.now() - LIVE_FOR
    )


def _asking(tenant: Tenant) -> None:
    _waiting(tenant)
    _ask_to_go_live(tenant)


def _live(tenant: Tenant) -> None:
    _asking(tenant)
    _approve(tenant)


def _live_by_hand(tenant: Tenant) -> None:
    """With no more permissions than are needed."""
    admin = _admin(tenant)
    way.clear_forms(tenant)
    way.authorize(tenant, admin, is_sparing=True)
    way.connect_feed(tenant, admin)
    way.record_stages(tenant, admin)
    _set_up_the_rest(tenant)
    _ask_to_go_live(tenant)
    _approve(tenant)


def _ask_to_go_live(tenant: Tenant) -> None:
    """Once every other step is done."""
    way.register_sender(tenant)
    way.rehearse(tenant, _admin(tenant))
    way.take_application(tenant)
    golive.request(tenant, _admin(tenant))


def _approve(tenant: Tenant) -> None:
    golive.approve(tenant, User.objects.filter(is_staff=True).earliest("pk"))


def _apply(tenant: Tenant) -> None:
    rehearsals.start(tenant, _admin(tenant))
    postings = [it for it in sandbox.account(tenant.slug)["postings"] if it["is_public"]]
    for posting in postings[:APPLICANTS]:
        sandbox.ask("appcast/applications", {"tenant": tenant.slug, "job_reference": posting["id"]})
    way.until_delivered(tenant)


def _recruit(tenant: Tenant) -> None:
    """A recruiter moves some of the applicants, hires one and rejects one."""
    told = sandbox.account(tenant.slug)
    ours = [it for it in told["opportunities"] if tenant.source_label in it["sources"]]
    interview = next(it for it in told["stages"] if "screen" in it["text"].lower())
    for candidate in ours[:4]:
        sandbox.account(tenant.slug, f"/candidates/{candidate['id']}/move", {"stage": interview["id"]})
    rejected = next(it for it in told["archive_reasons"] if it["type"] != "hired")
    for candidate in ours[4:5]:
        sandbox.account(tenant.slug, f"/candidates/{candidate['id']}/archive", {"reason": rejected["id"]})
    for candidate in ours[5:6]:
        sandbox.account(tenant.slug, f"/candidates/{candidate['id']}/hire", {})


def _spread(tenant: Tenant) -> None:
    """What came within a minute came over two weeks: the first days have fewer, as after any start."""
    with tenant_scope(tenant.pk):
        came = Application.objects.filter(is_test=False).order_by("-accepted_at")
        for application, days_ago in zip(came, DAYS_AGO, strict=False):
            at = application.accepted_at - timedelta(days=days_ago)
            Application.objects.filter(pk=application.pk).update(accepted_at=at)


def _dead_token(tenant: Tenant) -> None:
    _half_set_up(tenant)
    sandbox.account(tenant.slug, "/revoke", {})
    try:
        grants.call(tenant.pk, lambda client: client.posting_count())
    except AuthorizationError:
        problems.diagnose(tenant)


def _late_feed(tenant: Tenant) -> None:
    _half_set_up(tenant)
    sandbox.account(tenant.slug, "/faults", {"kind": "500", "path_prefix": "/v0/", "seconds": A_DAY_SECONDS})
    with tenant_scope(tenant.pk):
        feed = Feed.objects.get()
        Feed.objects.update(synced_at=timezone.now() - timedelta(hours=5), etag="")
    feeds.start_sync(feed, FeedSync.Trigger.SCHEDULE)


def _admin(tenant: Tenant) -> User:
    return way.member(tenant, f"admin@{tenant.slug}.example")


STORIES = (
    Story("northwind", "Northwind Logistics", "freshly invited: open the mail", _invited),
    Story("brightwater", "Brightwater Health", "half set up, waits on the customer", _half_set_up),
    Story("halden", "Halden Software", "set up, waits for Lever's first webhook", _waiting),
    Story("meridian", "Meridian Foods", "live and busy", _busy),
    Story("kestrel", "Kestrel Energy", "access revoked in Lever", _dead_token),
    Story("orchard", "Orchard Retail", "its feed is late", _late_feed),
)
# Of any account of the sandbox, by what it leads to.
ENDS = {"asking": _asking, "live": _live, "by-hand": _live_by_hand}
