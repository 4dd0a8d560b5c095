"""Candidates who had applied before anybody connected anything."""

from sandbox.world.account import Account
from sandbox.world.candidates import Application, Archived, Opportunity
from sandbox.world.ids import stable_id

HOUR_MS = 3600 * 1000

# name, source, index of the stage, archive reason
PEOPLE = (
    ("Amara Okafor", "LinkedIn", 4, None),
    ("Benedikt Sauer", "Indeed", 5, None),
    ("Chloe Martin", "Careers page", 3, None),
    ("Diego Fuentes", "Indeed", 8, None),
    ("Eleni Georgiou", "Referral", 9, "Hired"),
    ("Farid Rahimi", "Careers page", 4, "Withdrew"),
)


def first_candidates(account: Account) -> None:
    published = [posting for posting in account.postings.values() if posting.is_public]
    for index, (name, source, stage_index, reason) in enumerate(PEOPLE):
        posting = published[index * 3 % len(published)]
        opportunity = opportunity_of(account, posting.id, name, source, stage_index)
        if reason:
            archive_reason = account.pipeline.archive_reason(reason)
            assert archive_reason is not None
            opportunity.archived = Archived(archive_reason.id, opportunity.updated_at)
            opportunity.is_hired = archive_reason.type == "hired"
        account.opportunities[opportunity.id] = opportunity


def opportunity_of(
    account: Account, posting_id: str, name: str, source: str, stage_index: int
) -> Opportunity:
    posting = account.postings[posting_id]
    applied_at = posting.created_at + 72 * HOUR_MS
    moved_at = applied_at + 30 * HOUR_MS
    stages = account.pipeline.stages
    path = [stages[3], *([stages[stage_index]] if stage_index > 3 else [])]
    email = f"{name.lower().replace(' ', '.')}@mail.example"
    return Opportunity(
        id=stable_id(account.key, "opportunity", name),
        contact_id=stable_id(account.key, "contact", name),
        application=Application(
            stable_id(account.key, "application", name), posting_id, applied_at, name, email
        ),
        stage_id=path[-1].id,
        created_at=applied_at,
        updated_at=moved_at,
        last_advanced_at=moved_at,
        origin="referred" if source == "Referral" else "applied",
        sources=[source],
        location=posting.location,
        stage_changes=[
            {"toStageId": stage.id, "toStageIndex": stages.index(stage), "userId": None, "updatedAt": at}
            for stage, at in zip(path, (applied_at, moved_at), strict=False)
        ],
    )
