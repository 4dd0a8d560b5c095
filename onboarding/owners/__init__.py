"""What the people of Customer Success are told of the tenants that they own: new, still there, over.

`news` finds what is due to a channel and counts it as told before it leaves, so that nothing is told twice;
`messages` says it, the same of many tenants together; `sending` brings it there, and knows when that fails.
"""

from django.utils import timezone

from integrations.services import bell, locks
from tenants.models import Tenant, User
from tenants.rights import SEES_DESK
from tenants.scoping import across_tenants

from ..models import Channel
from . import news, sending


def ring_for_owners() -> None:
    """Whoever owns a tenant has a channel: their e-mail, until they say otherwise.

    Who has left the desk is told of no customer, whatever they still own.
    """
    with across_tenants("all owners and their channels"):
        owners = Tenant.objects.exclude(owner=None).values("owner")
        for user in User.objects.filter(SEES_DESK, pk__in=owners, channels=None):
            Channel.objects.get_or_create(user=user, kind=Channel.Kind.EMAIL)
        staff = User.objects.filter(SEES_DESK)
        ids = list(Channel.objects.filter(is_on=True, user__in=staff).values_list("pk", flat=True))
    for channel_id in ids:
        bell.send("onboarding.tasks.tell_owner", channel_id)


def failing() -> list[Channel]:
    """Through which somebody who owns tenants would be told, and is not."""
    owners = Tenant.objects.exclude(owner=None).values("owner")
    broken = Channel.objects.filter(is_on=True, user__in=User.objects.filter(SEES_DESK, pk__in=owners))
    return list(broken.exclude(failing_since=None).select_related("user").order_by("failing_since"))


def tell_by_id(channel_id: str) -> None:
    tell(Channel.objects.select_related("user").get(pk=channel_id))


def tell(channel: Channel) -> None:
    """What is due, as one message. Nothing in quiet hours; what failed is tried again after a while."""
    now = timezone.now()
    if not channel.is_on or channel.is_quiet(now) or (channel.retry_at and channel.retry_at > now):
        return
    with across_tenants("what one person is told of their tenants"):
        locks.take_until_commit(f"channel {channel.pk}")
        due = news.take(channel, now)
    if due.is_empty:
        return
    if sending.send(channel, due) is sending.Outcome.REFUSED:
        with across_tenants("what was refused is due again"):
            news.give_back(due)
