"""The twelve faults: what each does, and as what it must show."""

from collections.abc import Sequence
from dataclasses import dataclass

from . import acts
from .acts import Act, call_off, forward, nothing, order, order_for_all, then

SYNC = forward("integrations_feed", "next_sync_at")
CATCH_UP = forward("webhooks_catchup")
READ_STAGES = forward("integrations_stagereading")
READ_REASONS = forward("integrations_archivereasonreading")
CHECK_FORMS = forward("integrations_formcheck")
TRY_AGAIN = forward("integrations_feedsync")
SEND = forward("integrations_conversion")
STILL = "still"
SWITCH = "/webhooks/switch"


@dataclass(frozen=True, slots=True)
class Fault:
    """At `count` companies, of which `by_hand` many gave no more permissions than are needed.

    `meanwhile` is done at each look until it is found, `afterwards` until it is resolved.

    What has the code `still` is no company's problem, but of the queues without workers.
    """

    name: str
    code: str
    who: str
    count: int
    inject: Act
    mend: Act
    meanwhile: Act = nothing
    afterwards: Act = nothing
    by_hand: int = 0


MAIL = Fault(
    "mail down",
    "notices.refused",
    "engineer",
    2,
    then(order_for_all("faults", "mail_down"), acts.approve),
    then(order_for_all("faults", "mail_down", on=False), acts.try_mail_again),
)
BESIDE_ONE_ANOTHER = (
    Fault(
        "revoked grant",
        "connection.stopped",
        "customer",
        2,
        then(acts.ask("/revoke"), CATCH_UP),
        acts.authorize,
        by_hand=1,
    ),
    Fault(
        "dropped scope",
        "connection.scopes_refused",
        "customer",
        2,
        # Of what is read least often: daily.
        then(order("reduced_scopes", path_prefix="/v1/archive_reasons"), READ_REASONS),
        then(call_off("reduced_scopes"), READ_REASONS),
    ),
    Fault(
        "webhook off",
        "webhooks.silent",
        "customer",
        2,
        then(
            acts.leave_a_history,
            acts.ask(SWITCH, event=acts.STAGE_CHANGE, on=False),
            acts.fall_silent,
        ),
        then(acts.ask(SWITCH, event=acts.STAGE_CHANGE, on=True), acts.move_a_candidate),
    ),
    Fault(
        "token changed",
        "webhook.rejected",
        "customer",
        2,
        then(acts.ask("/webhooks/token", event=acts.STAGE_CHANGE), acts.move_a_candidate),
        acts.paste_token,
    ),
    Fault(
        "feed shrunk",
        "feed.large_drop",
        "staff",
        2,
        then(order("shrunken_feed"), SYNC),
        then(call_off("shrunken_feed"), SYNC),
    ),
    Fault(
        "feed gone",
        "feed.failed",
        "customer",
        2,
        then(order("404", path_prefix="/v0/"), SYNC),
        then(call_off("404"), SYNC),
    ),
    Fault(
        "form changed",
        "forms.unsupported",
        "customer",
        2,
        then(acts.question(is_asked=True), CHECK_FORMS),
        then(acts.question(is_asked=False), CHECK_FORMS),
    ),
    Fault(
        "stage removed",
        "stages.changed",
        "customer",
        2,
        then(acts.ask("/stages/remove", stage=acts.REMOVED), READ_STAGES),
        then(acts.ask("/stages/restore"), READ_STAGES),
    ),
    Fault(
        "Lever 503",
        "feed.unanswered",
        "provider",
        6,
        then(order("503"), SYNC),
        then(call_off("503"), SYNC),
        meanwhile=TRY_AGAIN,
    ),
    Fault(
        "receiver down",
        "conversions.late",
        "engineer",
        2,
        then(order_for_all("appcast/faults", "503"), acts.move_a_candidate),
        order_for_all("appcast/faults", "503", on=False),
        meanwhile=acts.wait_for_receiver,
        afterwards=SEND,
    ),
)
WORKERS = Fault("worker stopped", STILL, "engineer", 0, acts.stop_workers, acts.start_workers)
# One after the other: what one hides of another is not measured.
WAVES: Sequence[Sequence[Fault]] = ((MAIL,), BESIDE_ONE_ANOTHER, (), (WORKERS,), ())
ALL = [fault for wave in WAVES for fault in wave]
