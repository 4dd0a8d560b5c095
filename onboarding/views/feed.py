from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from integrations.models import Feed, FeedSync
from integrations.services import feeds
from integrations.types import FeedUrl
from tenants.access import TenantRequest
from tenants.scoping import tenant_scope

from .. import feed_page
from ..evidence import Evidence
from ..forms import FeedForm
from ..steps.feed import may_be_kept
from .pages import render_step, step_view

SYNCS = 5


@require_http_methods(["GET", "HEAD", "POST"])
@step_view("feed")
def step(request: TenantRequest) -> HttpResponse:
    with tenant_scope(request.tenant.pk):
        feed = Feed.objects.first()
        form = FeedForm(feed.url if feed else "", request.POST if request.method == "POST" else None)
        is_valid = form.is_valid()
    if is_valid:
        understood = form.cleaned_data["url"]
        feeds.confirm(request.tenant, understood, request.user)
        if understood.corrections:
            messages.info(request, _what_we_use(form["url"].value(), understood))
        return redirect("onboarding:feed", request.tenant.slug)
    return render_step(
        request,
        "feed",
        lambda evidence: {"form": form, **_shown(evidence)},
        status=422 if form.is_bound else 200,
    )


@require_POST
@step_view("feed")
def keep(request: TenantRequest) -> HttpResponse:
    feeds.keep(request.tenant, request.user)
    return redirect("onboarding:feed", request.tenant.slug)


@require_POST
@step_view("feed")
def sync(request: TenantRequest) -> HttpResponse:
    with tenant_scope(request.tenant.pk):
        feed = Feed.objects.first()
    if feed:
        feeds.start_sync(feed, FeedSync.Trigger.CUSTOMER)
    return redirect("onboarding:feed", request.tenant.slug)


@require_POST
@step_view("feed")
def decide(request: TenantRequest) -> HttpResponse:
    """Only about the list that was shown: another may be held by now."""
    decision = request.POST.get("decision", "")
    with tenant_scope(request.tenant.pk):
        held = FeedSync.objects.select_related("feed").filter(status=FeedSync.Status.HELD).first()
    if held and decision in FeedSync.Decision.values and request.POST.get("sync") == str(held.pk):
        feeds.decide(held, FeedSync.Decision(decision), request.user)
    return redirect("onboarding:feed", request.tenant.slug)


def _what_we_use(pasted: str, understood: FeedUrl) -> str:
    said = _("You gave %(pasted)s. We use %(used)s: %(why)s")
    why = " ".join(str(it) for it in understood.corrections)
    return said % {"pasted": pasted.strip(), "used": understood.url, "why": why}


def _shown(evidence: Evidence) -> dict[str, object]:
    is_held = evidence.ended_sync is not None and evidence.ended_sync.waits_for_decision
    return {
        "proposed": _proposed(evidence),
        "may_be_kept": may_be_kept(evidence),
        "held": evidence.ended_sync if is_held else None,
        "samples": feed_page.samples(evidence.tenant),
        "history": feed_page.history(),
        "differences": feed_page.differences(),
        **feed_page.findings(),
        "is_read_as_json": feeds.is_read_as_json(),
        "last_read": FeedSync.objects.filter(status=FeedSync.Status.DONE, is_unchanged=False).first(),
        "syncs": FeedSync.objects.all()[:SYNCS],
    }


def _proposed(evidence: Evidence) -> str:
    """The account's own feed, while none is given or another one is."""
    connection = evidence.connection
    is_open = evidence.feed is None or evidence.is_feed_of_another
    return feeds.proposed(connection) if connection and connection.site and is_open else ""
