"""RFC 9116: whom to tell of a weakness."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

GOOD_FOR = timedelta(days=180)


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    lines = {
        "Contact": settings.SECURITY_CONTACT,
        "Expires": (timezone.now() + GOOD_FOR).replace(microsecond=0).isoformat(),
        "Preferred-Languages": ", ".join(code for code, _ in settings.LANGUAGES),
        "Canonical": f"{settings.PUBLIC_URL}{request.path}",
    }
    told = "".join(f"{name}: {it}\n" for name, it in lines.items())
    return HttpResponse(told, content_type="text/plain; charset=utf-8")
