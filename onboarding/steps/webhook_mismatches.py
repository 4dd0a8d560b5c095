"""What is wrong with a webhook: the one thing to act on."""

from ..webhook_evidence import EndpointEvidence
from .types import Mismatch
from .webhook_changes import of_drift, of_silence, of_unconfirmed
from .webhook_requests import of_put_aside, of_rejected, swap


def trouble(it: EndpointEvidence) -> Mismatch | None:
    """An address whose trouble has a name needs no second one."""
    return mismatch(it) or stopped(it)


def mismatch(it: EndpointEvidence) -> Mismatch | None:
    """What Lever's list says against it, or the latest request that proved nothing, unless a good one came after it."""
    if it.drift:
        return of_drift(it, it.drift)
    good_at = max((at for at in (it.proved_at, it.tested_at) if at), default=None)
    rejected, put_aside = it.rejected, it.put_aside
    if rejected and put_aside and put_aside.received_at > rejected.received_at:
        rejected = None
    if rejected:
        is_over = good_at is not None and good_at > rejected.received_at
        return None if is_over else of_rejected(it, rejected)
    if put_aside:
        is_over = good_at is not None and good_at > put_aside.received_at
        return None if is_over else of_put_aside(it, put_aside)
    return None


def stopped(it: EndpointEvidence) -> Mismatch | None:
    """What came was right, but it comes no more, or not all of it."""
    if it.silence:
        return of_silence(it, it.silence)
    return of_unconfirmed(it, it.unconfirmed) if it.unconfirmed else None


def is_swapped(it: EndpointEvidence) -> bool:
    wrong = mismatch(it)
    return wrong is not None and wrong.path == swap()
