"""Invite people, and remind them."""

from collections import Counter
from collections.abc import Collection, Mapping

from django import forms
from django.http import QueryDict

from tenants import audit, invitations
from tenants.models import Tenant, User
from tenants.rights import SEES_DESK, Right
from tenants.scoping import tenant_scope

from ...desk.sheet import Sheet
from ...models import Notice
from ...notices import ledger, reminding
from ...notices.plans import TOLD_IN
from .types import Action, ActionError, never, row_of

SHOWN = 5
NOBODY_OF = "Of a company that is paused or off-boarded, nobody gets any."


class InviteForm(forms.Form):
    email = forms.EmailField(label="E-mail address", max_length=254)


class NoteForm(forms.Form):
    note = forms.CharField(
        max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4, "cols": 60})
    )


class OwnerForm(forms.Form):
    owner = forms.ModelChoiceField(
        User.objects.filter(SEES_DESK).order_by("email"),
        label="Owner at Appcast",
        required=False,
        empty_label="nobody",
    )


def _invite(tenant: Tenant, by: User, data: QueryDict) -> str:
    form = InviteForm(data)
    if not form.is_valid():
        raise ActionError("Expected an e-mail address to invite, such as kim@example.com.")
    invitations.invite(tenant, invitations.Invitee(form.cleaned_data["email"]), by)
    return f"An invitation is on its way to {form.cleaned_data['email']}."


def _remind(tenant: Tenant, by: User, data: QueryDict) -> str:
    said = told([reminding.remind(tenant, by)])
    if not said:
        raise ActionError(f"Nothing waits for anybody who gets e-mails. {NOBODY_OF}")
    return said


def told(reminded: Collection[reminding.Reminded]) -> str:
    """To how many people a reminder goes now, to whom later and to whom it may not; "" where nothing waits.

    Whoever belongs to several companies gets one letter a day.
    """
    companies = Counter(it for its in reminded for it in its.now)
    several = [it for it, count in companies.items() if count > 1]
    later, refused = (
        {it for its in reminded for it in its.later},
        {it for its in reminded for it in its.refused},
    )
    people = len(companies)
    said = [
        f"{people} {'person is' if people == 1 else 'people are'} reminded now." if people else "",
        f"Of one company now, and of each further one a day later: {_some(several)}." if several else "",
        f"Mailed of something open within the last day, and reminded a day after that: {_some(later)}."
        if later
        else "",
        f"The last e-mail to {_some(refused)} was refused, and is only tried again: see whether the address is right, "
        "or use another way."
        if refused
        else "",
    ]
    return " ".join(filter(None, said))


def _some(addresses: Collection[str]) -> str:
    more = f" and {len(addresses) - SHOWN} more" if len(addresses) > SHOWN else ""
    return ", ".join(sorted(addresses)[:SHOWN]) + more


def _stop_notice(tenant: Tenant, by: User, data: QueryDict) -> str:
    ledger.stop(row_of(tenant, Notice.objects.all(), data), by)
    return "Stopped: this person gets no more mail about it."


def _resume_notice(tenant: Tenant, by: User, data: QueryDict) -> str:
    ledger.resume(row_of(tenant, Notice.objects.all(), data), by)
    return "Resumed: this person is reminded again while it lasts."


def _note(tenant: Tenant, by: User, data: QueryDict) -> str:
    form = NoteForm(data)
    if not form.is_valid():
        raise ActionError("Expected a note of at most 4,000 characters.")
    with tenant_scope(tenant.pk):
        Tenant.objects.filter(pk=tenant.pk).update(note=form.cleaned_data["note"])
        audit.record("tenant.noted", tenant, tenant_id=tenant.pk, actor=by)
    return "Kept: staff alone read it."


def _change_owner(tenant: Tenant, by: User, data: QueryDict) -> str:
    form = OwnerForm(data)
    if not form.is_valid():
        raise ActionError("Expected somebody who is staff.")
    owner = form.cleaned_data["owner"]
    with tenant_scope(tenant.pk):
        Tenant.objects.filter(pk=tenant.pk).update(owner=owner)
        told = {"owner": owner.pk if owner else None}
        audit.record("tenant.owner_changed", tenant, tenant_id=tenant.pk, actor=by, **told)
    return f"{owner or 'Nobody'} owns it now, and is told of its problems."


def _is_mailed(sheet: Sheet) -> bool:
    return sheet.tenant.status in TOLD_IN


ACTIONS: Mapping[str, Action] = {
    "remind": Action("Remind by e-mail", _remind, _is_mailed),
    "invite": Action("Invite", _invite, never, is_grave=True),
    "stop_notice": Action("Stop", _stop_notice, never),
    "resume_notice": Action("Resume", _resume_notice, never),
    "change_owner": Action("Change the owner", _change_owner, never, Right.ASSIGN),
    "note": Action("Keep the note", _note, never),
}
