"""A row for each person and cause: brought in line with what is so now, and given out for mailing to one worker alone.

What is given out counts as sent before it is: a process that dies in between loses one reminder, and none is
mailed twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, QuerySet
from django.utils import timezone

from integrations.services import locks
from tenants import audit
from tenants.models import Membership, Tenant, User
from tenants.scoping import across_tenants, tenant_scope

from ..models import Notice
from . import causes
from .causes import Cause, Key
from .plans import (
    DIGEST,
    FORGOTTEN_AFTER,
    ONE_LETTER_PER,
    TOLD_IN,
    TRIED_AGAIN_AFTER,
    URGENT,
    WORKS_AGAIN_AFTER,
    Plan,
    plan_of,
)
from .reminding import told_lately

Open = tuple[Notice, Cause]


@dataclass(frozen=True, slots=True)
class Letter:
    """To one person, of one tenant: what is open, the most urgent first, and what works again.

    `earlier` is how often and when each was sent before, should the letter be refused.
    """

    tenant: Tenant
    reader: User
    open: Sequence[Open]
    works_again: Sequence[Notice]
    earlier: Mapping[int, tuple[int, datetime | None]]

    @property
    def first(self) -> Notice:
        return self.open[0][0] if self.open else self.works_again[0]

    @property
    def is_digest(self) -> bool:
        return self.first.code == DIGEST


def due_letters(tenant: Tenant) -> Iterator[Letter]:
    found = bring_in_line(tenant)
    for reader in _due_readers(tenant):
        letter = claim(tenant, reader, found)
        if letter:
            yield letter


def bring_in_line(tenant: Tenant) -> Mapping[Key, Cause]:
    """The causes that there are now, each with its row."""
    now = timezone.now()
    with tenant_scope(tenant.pk):
        locks.take_until_commit(f"notices of tenant {tenant.pk}")
        found = causes.find(tenant)
        rows = {_key(it): it for it in Notice.objects.all()}
        for key, cause in found.items():
            _keep(rows.get(key) or _new(tenant, key, now), cause, now)
        for row in rows.values():
            if _key(row) not in found and row.ended_at is None:
                _end(row, now, is_mended=_is_mended(row, found))
    return found


def claim(tenant: Tenant, reader: User, found: Mapping[Key, Cause]) -> Letter | None:
    """What is due to this person, who is mailed once a day however many tenants they belong to.

    What is told for the first time and cannot wait goes beside that: answers, and once a day what is urgent. So does
    what staff ask for, beside news.
    """
    now = timezone.now()
    with tenant_scope(tenant.pk):
        locks.take_until_commit(f"notices to user {reader.pk}")
        letter = _letter(tenant, reader, found, now)
        if letter is None or not _may_leave(letter, now):
            return None
        for row, cause in letter.open:
            row.sent_count, row.last_sent_at, row.failed_at = row.sent_count + 1, now, None
            row.next_at = _due_at(row, cause)
            row.save()
        for row in letter.works_again:
            row.last_sent_at, row.next_at = now, None
            row.save()
    return letter


def give_back(letter: Letter) -> None:
    """It was refused: as if it had not been given out, and due again in a while."""
    now = timezone.now()
    with tenant_scope(letter.tenant.pk):
        for row in (*(row for row, _ in letter.open), *letter.works_again):
            row.sent_count, row.last_sent_at = letter.earlier[row.pk]
            row.failed_at, row.next_at = now, now + TRIED_AGAIN_AFTER
            row.save()


def find(pk: int) -> Notice | None:
    with across_tenants("the link in a mail names a notice alone"):
        return Notice.objects.select_related("tenant", "user").filter(pk=pk).first()


def stop(notice: Notice, by: User | str) -> None:
    """This person is not told of this cause any more, not even that it works again."""
    with tenant_scope(notice.tenant_id):
        if Notice.objects.filter(pk=notice.pk, stopped_at=None).update(stopped_at=timezone.now()):
            audit.record("notice.stopped", notice, tenant_id=notice.tenant_id, actor=by, code=notice.code)


def resume(notice: Notice, by: User | str) -> None:
    with tenant_scope(notice.tenant_id):
        if Notice.objects.filter(pk=notice.pk).exclude(stopped_at=None).update(stopped_at=None):
            audit.record("notice.resumed", notice, tenant_id=notice.tenant_id, actor=by, code=notice.code)


def end_all() -> None:
    """Nobody is told of the tenant in scope any more."""
    Notice.objects.filter(ended_at=None).update(ended_at=timezone.now())
    Notice.objects.exclude(next_at=None).update(next_at=None)


def _key(row: Notice) -> Key:
    return row.user_id, row.code, row.subject


def _new(tenant: Tenant, key: Key, now: datetime) -> Notice:
    user_id, code, subject = key
    return Notice(tenant=tenant, user_id=user_id, code=code, subject=subject, opened_at=now)


def _keep(row: Notice, cause: Cause, now: datetime) -> None:
    """What comes back goes on where it stopped, unless that was long ago."""
    was = (row.pk, row.ended_at, row.next_at)
    if row.ended_at is not None:
        if now - row.ended_at > FORGOTTEN_AFTER:
            row.sent_count = 0
        row.opened_at, row.ended_at = now, None
    row.next_at = _due_at(row, cause)
    if was != (row.pk, row.ended_at, row.next_at) or row.pk is None:
        row.save()


def _due_at(row: Notice, cause: Cause) -> datetime | None:
    if row.is_asked_for:
        return row.asked_at
    if cause.is_quiet:
        return None
    at = cause.since + cause.plan.patience
    if row.sent_count:
        gap = cause.plan.gap_after(row.sent_count)
        if gap is None or row.last_sent_at is None:
            return None
        at = max(at, row.last_sent_at + gap)
    return max(at, row.failed_at + TRIED_AGAIN_AFTER) if row.failed_at else at


def _is_mended(row: Notice, found: Mapping[Key, Cause]) -> bool:
    """It has gone for everybody, and its reader is still one."""
    is_there = any((code, subject) == (row.code, row.subject) for _, code, subject in found)
    return not is_there and Membership.objects.filter(user=row.user_id, user__is_active=True).exists()


def _end(row: Notice, now: datetime, *, is_mended: bool) -> None:
    """The good news goes to whoever was told the bad."""
    was_told = row.last_sent_at is not None and row.last_sent_at >= row.opened_at and row.stopped_at is None
    tells_end = plan_of(row.code, is_live=True).tells_end
    row.ended_at, row.failed_at = now, None
    row.next_at = now + WORKS_AGAIN_AFTER if is_mended and was_told and tells_end else None
    row.save()


def _due_readers(tenant: Tenant) -> list[User]:
    with tenant_scope(tenant.pk):
        due = Notice.objects.filter(next_at__lte=timezone.now(), stopped_at=None)
        return list(User.objects.filter(pk__in=due.values("user"), is_active=True).order_by("pk"))


def _letter(tenant: Tenant, reader: User, found: Mapping[Key, Cause], now: datetime) -> Letter | None:
    """A digest comes alone, on a day on which nothing else is due."""
    rows = list(Notice.objects.filter(user=reader, stopped_at=None))
    due = [it for it in rows if it.next_at is not None and it.next_at <= now]
    again = [it for it in due if it.ended_at is not None]
    pressing = [it for it in due if it.ended_at is None and it.code != DIGEST]
    told = _told_together(rows, due, found) if pressing else []
    if not (told or again):
        told = [(it, found[_key(it)]) for it in due if _key(it) in found and it.code == DIGEST]
    if not (told or again):
        return None
    earlier = {it.pk: (it.sent_count, it.last_sent_at) for it in rows}
    return Letter(tenant, reader, told, again, earlier)


def _told_together(rows: list[Notice], due: list[Notice], found: Mapping[Key, Cause]) -> list[Open]:
    """What is due, and what this person was reminded of before: one letter for all of it."""
    live = [(it, found[_key(it)]) for it in rows if it.ended_at is None and _key(it) in found]
    told = [
        (row, cause)
        for row, cause in live
        if row in due or (row.sent_count and cause.plan.gaps and not cause.is_quiet)
    ]
    without_digest = [it for it in told if it[0].code != DIGEST]
    return sorted(without_digest, key=lambda it: (it[1].plan.urgency, it[0].opened_at))


def _may_leave(letter: Letter, now: datetime) -> bool:
    return (
        _is_awaited(letter)
        or _is_urgent(letter, now)
        or _is_asked_for(letter, now)
        or _has_its_turn(letter, now)
    )


def _is_awaited(letter: Letter) -> bool:
    return any(plan.is_answer for plan in _told_first(letter))


def _is_urgent(letter: Letter, now: datetime) -> bool:
    if not any(plan.is_urgent for plan in _told_first(letter)):
        return False
    with across_tenants("what is urgent is mailed once a day by all tenants together"):
        return _is_rested(Notice.objects.filter(user=letter.reader, code__in=URGENT), now)


def _is_asked_for(letter: Letter, now: datetime) -> bool:
    """By staff, who were promised that it leaves now."""
    is_asked = any(row.is_asked_for for row, _ in letter.open)
    return is_asked and not told_lately([letter.reader], now)


def _told_first(letter: Letter) -> Iterator[Plan]:
    return (cause.plan for row, cause in letter.open if not letter.earlier[row.pk][0])


def _has_its_turn(letter: Letter, now: datetime) -> bool:
    """The person was not mailed today, and no other tenant of theirs has waited longer for it."""
    with across_tenants("a person is mailed once a day by all their tenants together"):
        mine = Notice.objects.filter(user=letter.reader)
        due = mine.filter(next_at__lte=now, stopped_at=None, tenant__status__in=TOLD_IN).exclude(code=DIGEST)
        longest = due.order_by("next_at", "pk").values_list("tenant", flat=True).first()
        return longest in {None, letter.tenant.pk} and _is_rested(mine, now)


def _is_rested(told: QuerySet[Notice], now: datetime) -> bool:
    last = told.aggregate(last=Max("last_sent_at"))["last"]
    return last is None or now - last >= ONE_LETTER_PER
