"""What happens to candidates, whoever causes it: Lever's pages, its API or the control room.

Each function changes the account under the world's lock and tells the webhooks.
"""

from typing import Any

from sandbox.world.account import Account
from sandbox.world.candidates import Application, Archived, Opportunity
from sandbox.world.ids import new_id, now_ms
from sandbox.world.posting import Posting
from sandbox.world.webhooks import Signing, Webhook, new_delivery
from sandbox.world.world import World

FIRST_STAGE = "applicant-new"
EVENTS_WITH_ORIGIN_CONDITIONS = (
    "applicationCreated",
    "candidateHired",
    "candidateStageChange",
    "candidateArchiveChange",
)


class NotPossible(Exception):
    """A sentence about what is missing, for the person or program that asked."""


def apply(
    world: World,
    account: Account,
    posting: Posting,
    application: Application,
    origin: str,
    source: str | None,
) -> Opportunity:
    """A second application of the same e-mail to the same job is a new opportunity of the same contact."""
    with world.lock:
        stage_id = first_stage_of(account)
        opportunity = Opportunity(
            id=new_id(),
            contact_id=contact_of(account, application.email),
            application=application,
            stage_id=stage_id,
            created_at=application.created_at,
            updated_at=application.created_at,
            last_advanced_at=application.created_at,
            origin=origin,
            sources=[source] if source else [],
            location=posting.location,
            stage_changes=[stage_change(account, stage_id, application.created_at, None)],
        )
        account.opportunities[opportunity.id] = opportunity
        emit(world, account, opportunity, "applicationCreated", {"applicationId": application.id})
    return opportunity


def move(world: World, account: Account, opportunity_id: str, stage: str) -> Opportunity:
    """`stage` is an id or, for people's convenience, a name."""
    with world.lock:
        opportunity = opportunity_of(account, opportunity_id)
        target = account.pipeline.stage(stage)
        if target is None:
            known = ", ".join(f"{it.text} ({it.id})" for it in account.pipeline.stages)
            raise NotPossible(f"{account.key} has no stage {stage!r}. It has: {known}.")
        if target.id == opportunity.stage_id:
            raise NotPossible(f"The candidate is already in {target.text}.")
        data = {"toStageId": target.id, "fromStageId": opportunity.stage_id}
        opportunity.stage_id = target.id
        opportunity.updated_at = opportunity.last_advanced_at = now_ms()
        change = stage_change(account, target.id, opportunity.updated_at, account.admin.id)
        opportunity.stage_changes.append(change)
        emit(world, account, opportunity, "candidateStageChange", data)
    return opportunity


def archive(world: World, account: Account, opportunity_id: str, reason: str | None) -> Opportunity:
    """No reason takes the candidate out of the archive again."""
    with world.lock:
        opportunity = opportunity_of(account, opportunity_id)
        found = account.pipeline.archive_reason(reason) if reason else None
        if reason and found is None:
            known = ", ".join(it.text for it in account.pipeline.archive_reasons)
            raise NotPossible(f"{account.key} has no archive reason {reason!r}. It has: {known}.")
        earlier = opportunity.archived
        if found is None and earlier is None:
            raise NotPossible("The candidate is not in the archive.")
        opportunity.updated_at = now_ms()
        opportunity.archived = Archived(found.id, opportunity.updated_at) if found else None
        opportunity.is_hired = found is not None and found.type == "hired"
        later = opportunity.archived
        data = {"fromArchived": earlier and earlier.wire, "toArchived": later and later.wire}
        emit(world, account, opportunity, "candidateArchiveChange", data)
    return opportunity


def hire(world: World, account: Account, opportunity_id: str) -> Opportunity:
    """Marking as hired archives with the hired reason, so two events go out (inferred in the contract)."""
    with world.lock:
        opportunity = opportunity_of(account, opportunity_id)
        if opportunity.is_hired:
            raise NotPossible("The candidate is already hired.")
        opportunity.is_hired = True
        emit(world, account, opportunity, "candidateHired", {})
        return archive(world, account, opportunity_id, account.pipeline.hired_reason.id)


def delete(world: World, account: Account, opportunity_id: str) -> None:
    with world.lock:
        opportunity = opportunity_of(account, opportunity_id)
        del account.opportunities[opportunity.id]
        account.deleted_opportunities[opportunity.id] = now_ms()
        emit(world, account, opportunity, "candidateDeleted", {"deletedBy": account.admin.id})


def first_stage_of(account: Account) -> str:
    """Every Lever account has this stage; a recording may lack it."""
    stages = [stage.id for stage in account.pipeline.stages]
    return FIRST_STAGE if FIRST_STAGE in stages else stages[0]


def opportunity_of(account: Account, opportunity_id: str) -> Opportunity:
    opportunity = account.opportunities.get(opportunity_id)
    if opportunity is None:
        raise NotPossible(f"{account.key} has no opportunity {opportunity_id}.")
    return opportunity


def contact_of(account: Account, email: str) -> str:
    """Lever finds the same person by e-mail."""
    same = (it for it in account.opportunities.values() if it.application.email.lower() == email.lower())
    return next((it.contact_id for it in same), new_id())


def stage_change(account: Account, stage_id: str, at: int, user_id: str | None) -> dict[str, Any]:
    index = next(index for index, stage in enumerate(account.pipeline.stages) if stage.id == stage_id)
    return {"toStageId": stage_id, "toStageIndex": index, "userId": user_id, "updatedAt": at}


def emit(world: World, account: Account, opportunity: Opportunity, event: str, data: dict[str, Any]) -> None:
    """To every row of the event whose group is switched on and whose conditions the candidate meets."""
    # candidateId is deprecated; in the one recorded application it equals the opportunity's id.
    who = {
        "opportunityId": opportunity.id,
        "candidateId": opportunity.id,
        "contactId": opportunity.contact_id,
    }
    body = data | who if event == "applicationCreated" else who | data
    for webhook in list(account.webhooks.values()):
        if webhook.event == event and event in account.switched_on_events and wants(webhook, opportunity):
            send(world, account, webhook, body)


def wants(webhook: Webhook, opportunity: Opportunity) -> bool:
    return webhook.event not in EVENTS_WITH_ORIGIN_CONDITIONS or opportunity.origin in webhook.origins


def send(world: World, account: Account, webhook: Webhook, data: dict[str, Any]) -> None:
    delivery = new_delivery(webhook, data, signing_of(world, account))
    account.deliveries.append(delivery)
    world.courier.send(delivery)


def signing_of(world: World, account: Account) -> Signing:
    if world.faults.take("unsigned_webhooks", account.key):
        return "none"
    return "wrong" if world.faults.take("wrongly_signed_webhooks", account.key) else "right"
