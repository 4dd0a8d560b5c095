"""Companies with applications in Lever, whose candidates can then be moved."""

from collections.abc import Iterator
from dataclasses import dataclass

from ...control_room import account_keys, wait
from ...journeys import ByHand
from ...stack import Stack
from ...staff import Staff

FEW, MANY_COMPANIES, MANY_APPLICATIONS = 5000, 6, 40
STAGE_CHANGE = "candidateStageChange"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An application that arrived; its company's stages, and where and with which token Lever tells of moves."""

    application_id: str
    opportunity_id: str
    stages: tuple[str, ...]
    url: str
    token: str


def customers_of(stack: Stack, count: int) -> list["Customer"]:
    """As many as `count` webhooks are worth, with all their applications on the way."""
    staff, keys = Staff(stack), account_keys(stack.ports.sandbox_url)
    companies, applications = (1, 4) if count < FEW else (MANY_COMPANIES, MANY_APPLICATIONS)
    customers = [Customer(stack, staff, key) for key in keys[:companies]]
    for customer in customers:
        customer.set_up()
    for customer in customers:
        customer.apply(applications)
    return customers


class Customer(ByHand):
    """Comes as far as a first application."""

    def __init__(self, stack: Stack, staff: Staff, account: str) -> None:
        super().__init__(stack, staff, account)
        self.slug = f"chaos-{account}"
        self.name = f"Chaos {account.title()}"
        self.applications: dict[str, str] = {}

    def set_up(self) -> None:
        for part in (
            *(self.invite, self.authorize, self.connect_feed, self.set_up_webhooks, self.record_stages),
            *(self.check_forms, self.take_application),
        ):
            part()
        self.applications[self.sent["application_id"]] = self.sent["email"]

    def apply(self, count: int) -> None:
        """As many in all."""
        posting = next(it for it in self.lever.account()["postings"] if it["is_public"])
        asked = {"tenant": self.slug, "job_reference": posting["id"]}
        while len(self.applications) < count:
            sent = self.lever.ask("appcast/applications", asked)
            self.applications[sent["application_id"]] = sent["email"]

    def candidates(self) -> Iterator[Candidate]:
        """Once Appcast knows of all that they have arrived: from then on the portal knows them by Lever's ids."""
        wait(self.have_arrived, f"the arrival of {len(self.applications)} applications of {self.name}")
        account = self.lever.account()
        [hook] = [it for it in account["webhooks"] if it["event"] == STAGE_CHANGE]
        stages = tuple(it["id"] for it in account["stages"])
        by_email = {it["email"]: it["id"] for it in account["opportunities"]}
        for application_id, email in self.applications.items():
            yield Candidate(application_id, by_email[email], stages, hook["url"], hook["signatureToken"])

    def have_arrived(self) -> bool:
        told = self.lever.ask("appcast/conversions?event=apply_complete")
        return self.applications.keys() <= {it["application_id"] for it in told}
