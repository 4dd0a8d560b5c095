"""What all step pages share: who may open one, and what every one shows."""

import re
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django_htmx.http import HttpResponseClientRefresh

from tenants import members
from tenants.access import TenantRequest, outgoing_tenant_view
from tenants.models import Membership
from tenants.scoping import tenant_scope

from .. import checklist, people
from ..evidence import Evidence, gather
from ..people_forms import ColleagueForm
from ..status import is_shown
from ..steps import BY_KEY, STEPS

# It is masked anew each time, which nobody sees.
CSRF_FIELD = re.compile(rb'<input type="hidden" name="csrfmiddlewaretoken"[^>]*>')
P = ParamSpec("P")
StepView = Callable[Concatenate[TenantRequest, P], HttpResponse]


def step_view(key: str) -> Callable[[StepView[P]], Callable[..., HttpResponse]]:
    """For members of the tenant who may do this step: those who were asked for another one get a 404.

    The view enters the tenant's scope itself where it reads rows, since its service may call the outside.
    """

    def decorate(view: StepView[P]) -> Callable[..., HttpResponse]:
        @wraps(view)
        @leave_when_signed_out
        @outgoing_tenant_view
        def entered(request: TenantRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            require_step(request, key)
            return view(request, *args, **kwargs)

        return entered

    return decorate


def leave_when_signed_out(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A live part whose session has ended loads its page again, which asks to sign in, and takes no form in itself."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_live_request(request) and not request.user.is_authenticated:
            return HttpResponseClientRefresh()
        return view(request, *args, **kwargs)

    return guarded


def require_step(request: TenantRequest, key: str) -> None:
    if key not in BY_KEY or not request.membership.may_do(key):
        raise Http404


def shown_of(request: HttpRequest, now: int) -> int:
    """How many of a kind the page shows: a live part tells what its page had, in every request."""
    told = request.GET.get("shown", "")
    return int(told) if told.isdecimal() and len(told) < 6 else now


def render_step(
    request: TenantRequest, key: str, context: Callable[[Evidence], dict[str, Any]], *, status: int = 200
) -> HttpResponse:
    """The page of a step; a request by htmx gets its live part alone."""
    with tenant_scope(request.tenant.pk):
        evidence = gather(request.tenant)
        step = BY_KEY[key]
        told = checklist.tell(step, evidence)
        asked = () if request.membership.steps else members.handed_over().get(key, ())
        page = render(
            request,
            f"onboarding/{key}.html",
            {
                "frame": "onboarding/live.html" if is_live_request(request) else "base.html",
                "tenant": request.tenant,
                "membership": request.membership,
                "step": step,
                "told": told,
                "is_proved_live": told.is_settled and is_shown(request.tenant, request.membership),
                "number": STEPS.index(step) + 1,
                "steps": STEPS,
                "is_refused": status != HTTPStatus.OK,
                "is_folded": told.is_settled and status == HTTPStatus.OK and key != checklist.LAST,
                "following": next(
                    (it for it in STEPS[STEPS.index(step) + 1 :] if request.membership.may_do(it.key)), None
                ),
                "host": host_of(request.membership),
                "colleague_form": ColleagueForm(key, request.user),
                "entry": checklist.Entry(step, told, asked=asked),
                "evidence": evidence,
                **context(evidence),
            },
            status=status,
        )
    return unless_seen(request, page)


def host_of(membership: Membership) -> str:
    """Who goes on after a helper, who may not rehearse. In the tenant's scope."""
    return "" if membership.may_do("rehearsal") else people.host(membership)


def unless_seen(request: HttpRequest, page: HttpResponse) -> HttpResponse:
    """A live part that stands on the page as it is has nothing to tell: 304."""
    if not is_live_request(request):
        return page
    page["ETag"] = f'"{sha256(CSRF_FIELD.sub(b"", page.content)).hexdigest()}"'
    return get_conditional_response(request, etag=page["ETag"], response=page) or page


def is_live_request(request: HttpRequest) -> bool:
    return bool(request.htmx) and request.htmx.target == "live"  # type: ignore[attr-defined]
