from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from ..notices import ledger, letters


@csrf_exempt  # a mail program presses it too; who holds the link may
@require_http_methods(["GET", "HEAD", "POST"])
def notice(request: HttpRequest, token: str) -> HttpResponse:
    try:
        found = ledger.find(letters.notice_of(token))
    except BadSignature:
        raise Http404 from None
    if found is None:
        raise Http404
    if request.method == "POST":
        change = ledger.resume if "again" in request.POST else ledger.stop
        change(found, by=found.user)
        return redirect("onboarding:notice", token)
    told = {"about": letters.about(found), "pace": letters.pace(found)}
    return render(request, "onboarding/notice.html", {"notice": found, **told})
