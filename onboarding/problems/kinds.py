"""The catalogue: for each code who acts and what to press. The codes stand in the runbook."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from .kind import A_DAY, AN_HOUR, AT_ONCE, HIGH, LOW, MIDDLE, TWO_DAYS, TWO_HOURS, Actor, Kind

__all__ = ["KINDS", "Actor", "Kind"]

KINDS = {
    "connection.stopped": Kind(
        _("Lever does not accept our access"),
        Actor.CUSTOMER,
        "A Super Admin of the customer authorizes Lever again on the step “Authorize Lever”.",
        HIGH,
        AN_HOUR,
        "authorize",
        action=_("Authorize Lever again"),
    ),
    "connection.refresh_interrupted": Kind(
        _("Our access was lost while it was being renewed"),
        Actor.ENGINEER,
        "Tell the engineers, then ask the customer to authorize Lever again.",
        HIGH,
        AN_HOUR,
        "authorize",
    ),
    "connection.scopes_refused": Kind(
        _("Lever refuses permissions that we had"),
        Actor.CUSTOMER,
        "A Super Admin of the customer authorizes Lever again with all permissions; the next reading ends it.",
        MIDDLE,
        A_DAY,
        "authorize",
        action=_("Authorize Lever again with all permissions"),
    ),
    "feed.failed": Kind(
        _("The job feed cannot be read"),
        Actor.CUSTOMER,
        "The customer looks in Lever whether “Job posting feed” is switched on and its address is still the one that "
        "we use. “Sync the feed” shows whether it is mended; we look hourly as well.",
        MIDDLE,
        AN_HOUR,
        "feed",
        action=_("Check the job feed in Lever"),
    ),
    "feed.unanswered": Kind(
        _("Lever does not give the job feed at the moment"),
        Actor.PROVIDER,
        "Nothing: it is tried again every hour, and the last good list stays. See Lever's status page.",
        MIDDLE,
        TWO_HOURS,
    ),
    "feed.unreadable": Kind(
        _("We cannot read the job feed"),
        Actor.ENGINEER,
        "Tell the engineers, with the sync's code and the feed's address.",
        MIDDLE,
        AN_HOUR,
    ),
    "feed.large_drop": Kind(
        _("The feed lost many jobs at once"),
        Actor.STAFF,
        "Compare with the customer's careers page, then “Accept the drop” or “Reject the drop”; a good sync ends it.",
        MIDDLE,
        AN_HOUR,
        "feed",
    ),
    "feed.other_site": Kind(
        _("The job feed is not that of the connected Lever account"),
        Actor.CUSTOMER,
        "On the step “Connect the job feed” the customer takes the account's own feed, which has another address once "
        "the job site was renamed, or keeps this one.",
        MIDDLE,
        AT_ONCE,
        "feed",
        action=_("Say which job feed is yours"),
    ),
    "feed.late": Kind(
        _("The job feed is late"),
        Actor.STAFF,
        "Press “Sync the feed”; if it stays late, tell the engineers.",
        MIDDLE,
        TWO_HOURS,
        "feed",
    ),
    "webhook.rejected": Kind(
        _("Webhooks come that are not correctly signed"),
        Actor.CUSTOMER,
        "The customer corrects the event's signature token: the step “Switch on the webhooks” says what came and "
        "where to click.",
        MIDDLE,
        AT_ONCE,
        "webhooks",
        action=_("Correct the webhooks in Lever"),
    ),
    "webhook.misdirected": Kind(
        _("What comes to a webhook's address is not a new delivery of its event"),
        Actor.CUSTOMER,
        "The step “Switch on the webhooks” says what came and where to change it: each event has its own URL.",
        MIDDLE,
        AT_ONCE,
        "webhooks",
        action=_("Correct the URL of a webhook in Lever"),
    ),
    "webhook.quarantined": Kind(
        _("Signed webhooks were put aside"),
        Actor.STAFF,
        "Each cause says what to do; the list of webhook events shows them under “kept aside”.",
        MIDDLE,
        AT_ONCE,
    ),
    "webhook.given_up": Kind(
        _("Signed webhooks could not be processed"),
        Actor.ENGINEER,
        "Look at their reason in the list of webhook events, then “Process once more”, or replay them.",
        MIDDLE,
        A_DAY,
    ),
    "webhooks.changed": Kind(
        _("A webhook is no longer in Lever as it was set up"),
        Actor.CUSTOMER,
        "The step “Switch on the webhooks” says what changed: press “Make the webhooks in Lever” there where we made "
        "it, else a Super Admin enters the URL again. It goes away by itself with the next delivery; where "
        "applicants are left out, with the next look.",
        MIDDLE,
        A_DAY,
        "webhooks",
        action=_("Set up a webhook in Lever again"),
    ),
    "webhooks.unconfirmed": Kind(
        _("Lever does not tell of all applications that were delivered"),
        Actor.CUSTOMER,
        "The customer looks in Lever, Settings > Integrations and API > Webhooks > Application Created: is it on "
        "(blue), does it include the origin “Applied”, and did deliveries fail in its history? They rerun those; they "
        "are taken for 15 days.",
        MIDDLE,
        TWO_DAYS,
        "webhooks",
        action=_("Look at the deliveries of “Application Created” in Lever"),
    ),
    "webhooks.silent": Kind(
        _("An event that Lever used to tell has stopped"),
        Actor.CUSTOMER,
        "The customer looks in Lever, Settings > Integrations and API > Webhooks: is the event on (blue), and what "
        "does the history say? They press “Verify connection”, then move a candidate. Where recruiting rests, "
        "acknowledge it.",
        MIDDLE,
        timedelta(days=5),
        "webhooks",
        action=_("Check that your webhooks are still switched on in Lever"),
    ),
    "forms.unsupported": Kind(
        _("Jobs have questions that Appcast Apply cannot ask"),
        Actor.CUSTOMER,
        "The customer removes these questions from the jobs' forms in Lever; the step “Check the application forms” "
        "lists them, with a link to each.",
        LOW,
        A_DAY,
        "forms",
        action=_("Remove questions that Appcast Apply cannot ask"),
    ),
    "forms.unreadable": Kind(
        _("Application forms cannot be read"),
        Actor.STAFF,
        "Open the form checks for Lever's answer; they are tried again every day.",
        LOW,
        A_DAY,
        "forms",
    ),
    "stages.changed": Kind(
        _("Stages changed in Lever after they were confirmed"),
        Actor.CUSTOMER,
        "The customer takes over what we propose for each workflow on the step “Record the hiring stages”: one press.",
        LOW,
        A_DAY,
        "stages",
        action=_("Take over the changes of your stages"),
    ),
    "stages.unrecorded": Kind(
        _("Candidates move to stages that are not recorded"),
        Actor.CUSTOMER,
        "Paste these ids with their names on the step “Record the hiring stages”, then confirm.",
        MIDDLE,
        AT_ONCE,
        "stages",
        action=_("Record the stages that are missing"),
    ),
    "reasons.undecided": Kind(
        _("Candidates are archived for reasons that we do not know"),
        Actor.CUSTOMER,
        "The step “Record the hiring stages” asks what each means: hired, rejected, or not reported. Where the account "
        "is authorized with the permission for archive reasons, we read them.",
        MIDDLE,
        AN_HOUR,
        "stages",
        action=_("Say what some archive reasons mean"),
    ),
    "delivery.held": Kind(
        _("Applications need a person"),
        Actor.STAFF,
        "Open the deliveries: say whether each arrived, or send it again once its reason is mended, many at once under "
        "“Send again in bulk”.",
        HIGH,
        AT_ONCE,
    ),
    "delivery.stuck": Kind(
        _("Applications wait for more than an hour"),
        Actor.STAFF,
        "Look at their last error; where they have none, tell the engineers.",
        HIGH,
        AN_HOUR,
    ),
    "delivery.other_source": Kind(
        _("Lever counts applications under another source"),
        Actor.STAFF,
        "Compare the tenant's source label with the sources in Lever and correct it; what arrived before stays.",
        MIDDLE,
        A_DAY,
    ),
    "conversions.held": Kind(
        _("Conversions wait for a stage's mapping"),
        Actor.CUSTOMER,
        "They go out by themselves once the stage is mapped.",
        MIDDLE,
        AT_ONCE,
        "stages",
        action=_("Decide what your new stages mean"),
    ),
    "conversions.given_up": Kind(
        _("Conversions could not be delivered for 72 hours"),
        Actor.ENGINEER,
        "Ask Appcast's engineers about the receiver, then “Send again”.",
        MIDDLE,
        timedelta(hours=72),
    ),
    "conversions.crashed": Kind(
        _("Conversions broke our worker"),
        Actor.ENGINEER,
        "Tell the engineers; once it is mended, “Send again” in the list of conversions.",
        MIDDLE,
        AT_ONCE,
    ),
    "conversions.late": Kind(
        _("Conversions wait for Appcast's receiver"),
        Actor.ENGINEER,
        "Nothing to press: they are sent by themselves. Tell Appcast's engineers since when the receiver takes none.",
        MIDDLE,
        AN_HOUR,
    ),
    "notices.refused": Kind(
        _("Our e-mails are not taken"),
        Actor.ENGINEER,
        "Nothing to press: they are sent again by themselves. Tell the engineers that the mail server refuses them; "
        "one person's alone: see whether the address is right.",
        LOW,
        AT_ONCE,
        is_confidential=True,
    ),
    "leaving.asked": Kind(
        _("The customer wants to leave, and uses the StepStone product too"),
        Actor.STAFF,
        "Talk with them: revoking the app in Lever stops both products. Then a lead off-boards, or acknowledge it.",
        MIDDLE,
        AT_ONCE,
        is_confidential=True,
    ),
    "policy.unreachable": Kind(
        _("A policy link does not open"),
        Actor.CUSTOMER,
        "Correct the link on the step, or “Open again” there once its page is back; it is opened hourly as well.",
        LOW,
        timedelta(days=7),
        "policies",
        action=_("Correct a link to your policies"),
    ),
}


def kind_of(code: str) -> Kind:
    """Also of a row that another release wrote, whose code says at least what to ask for."""
    remedy = "This release does not know the code: tell the engineers."
    return KINDS.get(code) or Kind(code, Actor.ENGINEER, remedy, LOW, AT_ONCE, is_confidential=True)
