"""Candidates who had applied before anybody connected anything."""

from sandbox.world.account import Account
from sandbox.world.candidates import Application, Archived, Opportunity
from sandbox.world.ids import stable_id

HOUR_MS = 3600 * 1000

# name, source, stage, archive reason
PEOPLE = (
    ("Amara Okafor", "LinkedIn", "Recruiter screen", None),
    ("Benedikt Sauer", "Indeed", "HM screen", None),
    ("Chloe Martin", "Careers page", "New applicant", None),
    ("Diego Fuentes", "Indeed", "Reference check", None),
    ("Eleni Georgiou", "Referral", "Offer", "Hired"),
    ("Farid Rahimi", "Careers page", "Recruiter screen", "Withdrew"),
)


def first_candidates(account: Account) -> None:
    published = [posting for posting in account.postings.values() if posting.is_public]
    for index, (name, source, stage, reason) in enumerate(PEOPLE):
        posting = published[index * 3 % len(published)]
        opportunity = opportunity_of(account, posting.id, name, source, stage)
        if reason:
            archive_reason = account.pipeline.archive_reason(reason)
            assert archive_reason is not None
            opportunity.archived = Archived(archive_reason.id, opportunity.updated_at)
            opportunity.is_hired = archive_reason.type == "hired"
        account.opportunities[opportunity.id] = opportunity


def opportunity_of(account: Account, posting_id: str, name: str, source: str, stage_text: str) -> Opportunity:
    posting = account.postings[posting_id]
    applied_at = posting.created_at + 72 * HOUR_MS
    moved_at = applied_at + 30 * HOUR_MS
    stages = account.pipeline.stages
    path = [stage for stage in stages if stage.text in ("New applicant", stage_text)]
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
