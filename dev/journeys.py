"""Two customers on their way from the invitation to going live, over HTTP: by discovery, and by hand."""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from .control_room import Sandbox, wait
from .stack import Stack
from .staff import Staff
from .visitor import Unexpected, Visitor, forms_of

REHEARSAL = "Appcast Rehearsal"
STATE = re.compile(r'data-step="([\w-]+)" data-state="(\w+)"')
PROPOSED = re.compile(r'name="url" value="([^"]+)"')
ADDRESS = re.compile(r"https?://[^\s\"<]+/webhooks/lever/[\w-]+")
TOKEN_FORM = re.compile(r"/t/[\w-]+/webhooks/\d+/token/$")
EVENTS = ("applicationCreated", "candidateStageChange")


class ByDiscovery:
    """Lever gives all permissions. `told` is what the customer had to do, and what came of it."""

    slug = "smoke"
    name = "Smoke Test Inc"
    extent: Mapping[str, str] = {}

    def __init__(self, stack: Stack, staff: Staff, account: str) -> None:
        self.stack = stack
        self.staff = staff
        self.lever = Sandbox(stack.ports.sandbox_url, account)
        self.customer = Visitor(stack.ports.portal_url)
        self.steps: dict[str, str] = {}
        self.seconds: dict[str, float] = {}
        self.confirmations = 0
        self.entered: list[str] = []
        self.counts = dict.fromkeys(
            (
                *("postings_synced", "webhook_events_processed", "applications_accepted"),
                *("applications_delivered", "conversions_delivered"),
            ),
            0,
        )

    def run(self) -> None:
        """Raises Unexpected where a customer would stumble."""
        for part in self.parts():
            began = time.monotonic()
            part()
            self.seconds[part.__name__] = round(time.monotonic() - began, 2)
            print(f"smoke    | {self.slug}, {part.__name__}: {self.seconds[part.__name__]} s", flush=True)

    def parts(self) -> Sequence[Callable[[], None]]:
        return (
            *(self.invite, self.authorize, self.connect_feed, self.set_up_webhooks, self.record_stages),
            *(self.state_policies, self.check_forms, self.take_application, self.rehearse),
            *(self.report_conversions, self.ask_to_go_live, self.approve),
        )

    @property
    def client_id(self) -> str:
        return f"c-{self.slug}"

    @property
    def is_live(self) -> bool:
        return bool(self.steps) and set(self.steps.values()) == {"done"}

    def told(self) -> dict[str, Any]:
        total = round(sum(self.seconds.values()), 2)
        return {
            "steps": self.steps,
            **self.counts,
            "confirmations": self.confirmations,
            "typed_ids": self.typed_ids,
            "seconds": {"total": total, **self.seconds},
        }

    @property
    def typed_ids(self) -> int:
        """All that was entered: a machine could have read it."""
        return len(self.entered)

    def invite(self) -> None:
        email = f"admin@{self.lever.key}.example"
        ids = ("--client-id", self.client_id, "--ent-id", f"e-{self.slug}")
        self.stack.manage("invite", self.slug, email, "--name", self.name, *ids)
        mail = self.lever.first_mail(email, "the invitation's mail")
        link = urlsplit(next(link for link in mail["links"] if "/invitations/" in link)).path
        self.customer.submit(link, link)

    def authorize(self) -> None:
        page = self.page("authorize")
        consent = self.customer.redirect_of(page, f"{page}start/", self.extent)
        answer = self.lever.ask("consent", {"account": self.lever.key, "authorize_url": consent})
        self.customer.get(answer["redirect_to"])
        self.until("authorize", "done")

    def connect_feed(self) -> None:
        self.lever.account("/feed", {"enabled": True})
        page = self.page("feed")
        proposed = wait(lambda: PROPOSED.search(self.customer.get(page)), "the address of the feed")
        self.confirm(page, page, {"url": proposed[1]})
        self.feed_is_read()

    def feed_is_read(self) -> None:
        self.until("feed", "done")
        self.counts["postings_synced"] = self.facts()["postings"]

    def set_up_webhooks(self) -> None:
        page = self.page("webhooks")
        self.confirm(page, f"{page}create/")
        for webhook in self.lever.account()["webhooks"]:
            self.lever.account("/webhooks/switch", {"event": webhook["event"], "on": True})
        self.until("webhooks", "waiting")

    def record_stages(self) -> None:
        page = self.page("stages")
        action = f"{page}confirm/"
        wait(lambda: action in dict(forms_of(self.customer.get(page))), "the stages")
        self.confirm(page, action)
        self.until("stages", "done")

    def state_policies(self) -> None:
        page, site = self.page("policies"), f"{self.lever.origin}/sites/{self.lever.key}"
        stated = {
            "privacy_policy-is_needed": "yes",
            "privacy_policy-url": f"{site}/privacy",
            "terms-is_needed": "yes",
            "terms-url": f"{site}/terms",
        }
        self.confirm(page, page, stated)
        self.until("policies", "done")

    def check_forms(self) -> None:
        """Questions that Appcast Apply cannot ask are taken out of the forms, as the step asks."""
        state = self.until("forms", "done", "needs_attention")
        if state == "needs_attention":
            for posting in self.lever.account()["postings"]:
                if posting["unsupported_types"]:
                    self.lever.account(f"/postings/{posting['id']}/form", {"add_unsupported": False})
            page = self.page("forms")
            self.customer.submit(page, f"{page}check/")
            self.until("forms", "done")

    def take_application(self) -> None:
        """From Appcast Apply, with a résumé and answers, delivered into Lever."""
        secret = self.stack.manage("issue_sender_secret", self.slug).strip().splitlines()[-1]
        sender = {"tenant": self.slug, "portal_url": self.customer.origin, "secret": secret}
        self.lever.ask("appcast/senders", sender)
        posting = next(it for it in self.lever.account()["postings"] if it["is_public"])
        self.sent = self.lever.hand_in(self.slug, posting["id"])
        self.counts["applications_accepted"] += 1
        self.candidate("email", self.sent["email"])
        self.counts["applications_delivered"] += 1
        self.lever.see_delivered(self.slug, self.sent["application_id"])

    def rehearse(self) -> None:
        page = self.page("rehearsal")
        self.customer.submit(page, f"{page}start/")
        self.counts["applications_accepted"] += 1
        candidate = self.candidate("name", REHEARSAL)
        self.counts["applications_delivered"] += 1
        self.move(candidate)
        self.until("rehearsal", "done")
        self.see_archived(candidate)

    def see_archived(self, candidate: dict[str, Any]) -> None:
        """The portal archives its own test candidate, and sees it."""
        self.until_part("Test candidate archived", "proved")
        if not self.candidate("id", candidate["id"])["archived"]:
            raise Unexpected("The test candidate is not in Lever's archive.")

    def report_conversions(self) -> None:
        """The recruiter moves the applicant; Appcast hears of it."""
        self.move(self.candidate("email", self.sent["email"]))
        path = f"appcast/conversions?application_id={self.sent['application_id']}"
        wait(lambda: len(self.lever.ask(path)) >= 2, "arrival and stage among Appcast's conversions")
        self.until("webhooks", "done")
        mine = [
            it for it in self.lever.ask("appcast/conversions") if it["tenant"]["client_id"] == self.client_id
        ]
        self.counts["conversions_delivered"] = len(mine)
        self.counts["webhook_events_processed"] = self.facts()["events_processed"]

    def ask_to_go_live(self) -> None:
        page = self.page("go-live")
        self.confirm(page, f"{page}request/")
        self.until("go-live", "checking")

    def approve(self) -> None:
        self.staff.approve(self.name)
        self.until("go-live", "done")

    def page(self, step: str) -> str:
        return f"/t/{self.slug}/{step}/"

    def confirm(self, page: str, action: str, data: dict[str, str] | None = None) -> str:
        self.confirmations += 1
        return self.customer.submit(page, action, data)

    def until(self, step: str, *states: str) -> str:
        """Wait, as the customer does, until the checklist shows one of these states."""
        return wait(lambda: self.state_of(step, states), f"the step {step!r} to be {' or '.join(states)}")

    def until_part(self, title: str, state: str) -> None:
        """Wait until the rehearsal's page shows a part in this state."""
        shown = f'data-part="{title}" data-state="{state}"'
        wait(lambda: shown in self.customer.get(self.page("rehearsal")), f"{title!r} to be {state}")

    def state_of(self, step: str, wanted: tuple[str, ...]) -> str | None:
        self.steps = dict(STATE.findall(self.customer.get(f"/t/{self.slug}/setup/")))
        if step not in self.steps:
            raise Unexpected(f"The checklist does not list the step {step!r}.")
        return self.steps[step] if self.steps[step] in wanted else None

    def facts(self) -> dict[str, int]:
        report = json.loads(self.stack.manage("doctor", "--tenant", self.slug, "--json"))
        facts: dict[str, int] = report[0]["counts"]
        return facts

    def candidate(self, key: str, value: str) -> Any:
        """As soon as it is in Lever."""
        return wait(
            lambda: next((it for it in self.lever.account()["opportunities"] if it[key] == value), None),
            f"{value} in Lever",
        )

    def move(self, candidate: dict[str, Any]) -> None:
        stage = next(it for it in self.lever.account()["stages"] if "screen" in it["text"].lower())
        self.lever.account(f"/candidates/{candidate['id']}/move", {"stage": stage["id"]})


class ByHand(ByDiscovery):
    """The customer allows only what Appcast Apply needs, and copies the rest, each value once."""

    slug = "smoke-by-hand"
    name = "Smoke by Hand Inc"
    extent = {"permissions": "needed"}

    def told(self) -> dict[str, Any]:
        return {**super().told(), "pasted_values": len(set(self.entered))}

    @property
    def typed_ids(self) -> int:
        """What had to be entered once more."""
        return len(self.entered) - len(set(self.entered))

    def connect_feed(self) -> None:
        self.lever.account("/feed", {"enabled": True})
        page = self.page("feed")
        url = f"{self.lever.origin}/v0/postings/{self.lever.key}?mode=xml"
        self.confirm(page, page, {"url": self.pasted(url)})
        self.feed_is_read()

    def set_up_webhooks(self) -> None:
        """Our URL of each event goes to Lever, and Lever's token comes back."""
        page = self.page("webhooks")
        shown = self.customer.get(page)
        urls = list(dict.fromkeys(ADDRESS.findall(shown)))
        actions = [action for action, _ in forms_of(shown) if TOKEN_FORM.match(action)]
        if min(len(urls), len(actions)) < len(EVENTS):
            raise Unexpected(
                f"The page shows {len(urls)} webhook addresses and {len(actions)} fields for tokens."
            )
        for event, url, action in zip(EVENTS, urls, actions, strict=False):
            made = self.lever.account("/webhooks", {"event": event, "url": url})
            self.customer.submit(page, action, {"secret": self.pasted(made["signatureToken"])})
        self.until("webhooks", "waiting")

    def record_stages(self) -> None:
        page = self.page("stages")
        table = "\n\n".join(
            "\n".join([flow["name"], *(f"{it['text']}: {it['id']}" for it in flow["stages"])])
            for flow in self.lever.account()["workflows"]
        )
        self.customer.submit(page, f"{page}table/", {"table": self.pasted(table), "keep": "1"})
        super().record_stages()

    def see_archived(self, candidate: dict[str, Any]) -> None:
        """The customer archives it, of which Lever tells us nothing."""
        reason = next(it for it in self.lever.account()["archive_reasons"] if it["type"] != "hired")
        self.lever.account(f"/candidates/{candidate['id']}/archive", {"reason": reason["id"]})
        self.until_part("Test candidate archived", "unprovable")

    def pasted(self, value: str) -> str:
        self.entered.append(value)
        return value
