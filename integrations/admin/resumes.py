"""How a résumé leaves the desk: as a file to keep, which no browser shows."""

from django import forms
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from ..appcast import attachments
from ..models import Application
from ..services.resumes import LONGEST_REASON
from ..types import File


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=LONGEST_REASON)


def as_file(application: Application, file: File) -> HttpResponse:
    """Under a name of our own: theirs is mostly a person's, and may be anything."""
    name = f"resume-{application.pk}.{attachments.extension_of(file.content_type)}"
    return HttpResponse(
        file.data,
        content_type="application/octet-stream",
        headers={
            "Content-Disposition": content_disposition_header(True, name),
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store, private",
        },
    )
