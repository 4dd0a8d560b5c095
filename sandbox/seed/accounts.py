"""Six invented Lever customers, and one made of recorded answers where a folder is given."""

from pathlib import Path

from sandbox.seed.candidates import first_candidates
from sandbox.seed.companies import COMPANIES, Company
from sandbox.seed.pipelines import pipeline_of
from sandbox.seed.postings import postings_of
from sandbox.seed.recorded import recorded_account
from sandbox.world.account import Account, User
from sandbox.world.ids import stable_id


def seeded_accounts(folder: Path | None) -> dict[str, Account]:
    accounts = [account_of(company) for company in COMPANIES]
    if folder:
        accounts.append(recorded_account(folder, users_of))
    return {account.key: account for account in accounts}


def account_of(company: Company) -> Account:
    users = users_of(company.key)
    account = Account(
        key=company.key,
        name=company.name,
        id=stable_id(company.key, "account"),
        users=users,
        pipeline=pipeline_of(company.key),
        postings=postings_of(company, users),
        feed_style=company.feed_style,
    )
    if company.has_candidates:
        first_candidates(account)
    return account


def users_of(site: str) -> list[User]:
    return [
        User(stable_id(site, "admin"), "Alex Admin", f"admin@{site}.example", "super admin"),
        User(stable_id(site, "recruiter"), "Robin Recruiter", f"recruiter@{site}.example", "team member"),
    ]
