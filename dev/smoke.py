"""`make smoke`: the main job over HTTP, from invitation to reported conversion, on a stack of its own.

The last line of the output is one JSON object that says what was done and how long each part took.
"""

import json
import os
import re
import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests

from .environment import DEMO_STAFF
from .processes import StackError
from .stack import Stack, passing_stack
from .visitor import Unexpected, Visitor, forms_of

T = TypeVar("T")
WAIT_SECONDS = 90
POLL_SECONDS = 0.25
SLUG = "smoke"
REHEARSAL = "Appcast Rehearsal"
STATE = re.compile(r'data-step="([\w-]+)" data-state="(\w+)"')
PROPOSED = re.compile(r'name="url" value="([^"]+)"')


class Sandbox:
    """The control room of the sandbox: what the customer does in Lever, and what came to Appcast."""

    def __init__(self, origin: str, key: str) -> None:
        self.origin = origin
        self.key = key
        self._session = requests.Session()
        self._session.trust_env = False

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """GET, or POST where there is a body."""
        url = f"{self.origin}/_control/{path}"
        answer = (
            self._session.get(url, timeout=30)
            if body is None
            else self._session.post(url, json=body, timeout=30)
        )
        answer.raise_for_status()
        return answer.json()

    def account(self, path: str = "", body: dict[str, Any] | None = None) -> Any:
        return self.ask(f"accounts/{self.key}{path}", body)


class Smoke:
    """One customer's way; `did` collects what the last line tells."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.portal = stack.ports.portal_url
        self.lever = Sandbox(stack.ports.sandbox_url, account_key(stack.ports.sandbox_url))
        self.customer = Visitor(self.portal)
        self.steps: dict[str, str] = {}
        self.seconds: dict[str, float] = {}
        self.counts = dict.fromkeys(
            (
                *("postings_synced", "webhook_events_processed", "applications_accepted"),
                *("applications_delivered", "conversions_delivered", "typed_ids"),
            ),
            0,
        )

    def run(self) -> None:
        for part in (
            *(self.invite, self.authorize, self.connect_feed, self.make_webhooks, self.confirm_stages),
            *(self.state_policies, self.check_forms, self.take_application, self.rehearse),
            *(self.report_conversions, self.ask_to_go_live, self.approve),
        ):
            began = time.monotonic()
            part()
            self.seconds[part.__name__] = round(time.monotonic() - began, 2)
            print(f"smoke    | {part.__name__}: {self.seconds[part.__name__]} s", flush=True)

    def invite(self) -> None:
        email = f"admin@{self.lever.key}.example"
        self.stack.manage(
            "invite", SLUG, email, "--name", "Smoke Test Inc", "--client-id", "c-1", "--ent-id", "e-1"
        )
        mail = wait(lambda: next(iter(self.lever.ask(f"inbox?to={email}")), None), "the invitation's mail")
        link = urlsplit(next(link for link in mail["links"] if "/invitations/" in link)).path
        self.customer.submit(link, link)

    def authorize(self) -> None:
        page = f"/t/{SLUG}/authorize/"
        consent = self.customer.redirect_of(page, f"{page}start/")
        asked = {"account": self.lever.key, "authorize_url": consent}
        self.customer.get(self.lever.ask("consent", asked)["redirect_to"])
        self.until("authorize", "done")

    def connect_feed(self) -> None:
        self.lever.account("/feed", {"enabled": True})
        page = f"/t/{SLUG}/feed/"
        proposed = wait(lambda: PROPOSED.search(self.customer.get(page)), "the address of the feed")
        self.customer.submit(page, page, {"url": proposed[1]})
        self.until("feed", "done")
        self.counts["postings_synced"] = self.facts()["postings"]

    def make_webhooks(self) -> None:
        page = f"/t/{SLUG}/webhooks/"
        self.customer.submit(page, f"{page}create/")
        for webhook in self.lever.account()["webhooks"]:
            self.lever.account("/webhooks/switch", {"event": webhook["event"], "on": True})
        self.until("webhooks", "waiting")

    def confirm_stages(self) -> None:
        page = f"/t/{SLUG}/stages/"
        action = f"{page}confirm/"
        wait(lambda: action in dict(forms_of(self.customer.get(page))), "the stages")
        self.customer.submit(page, action)
        self.until("stages", "done")

    def state_policies(self) -> None:
        page, site = f"/t/{SLUG}/policies/", f"{self.stack.ports.sandbox_url}/sites/{self.lever.key}"
        stated = {
            "privacy_policy-is_needed": "yes",
            "privacy_policy-url": f"{site}/privacy",
            "terms-is_needed": "yes",
            "terms-url": f"{site}/terms",
        }
        self.customer.submit(page, page, stated)
        self.until("policies", "done")

    def check_forms(self) -> None:
        """Questions that Appcast Apply cannot ask are taken out of the forms, as the step asks."""
        state = self.until("forms", "done", "needs_attention")
        if state == "needs_attention":
            for posting in self.lever.account()["postings"]:
                if posting["unsupported_types"]:
                    self.lever.account(f"/postings/{posting['id']}/form", {"add_unsupported": False})
            page = f"/t/{SLUG}/forms/"
            self.customer.submit(page, f"{page}check/")
            self.until("forms", "done")

    def take_application(self) -> None:
        """From Appcast Apply, with a résumé and answers, delivered into Lever."""
        secret = self.stack.manage("issue_sender_secret", SLUG).strip().splitlines()[-1]
        self.lever.ask("appcast/senders", {"tenant": SLUG, "portal_url": self.portal, "secret": secret})
        posting = next(it for it in self.lever.account()["postings"] if it["is_public"])
        self.sent = self.lever.ask("appcast/applications", {"tenant": SLUG, "job_reference": posting["id"]})
        if self.sent["status"] != 202:
            raise Unexpected(f"The application was answered {self.sent['status']}: {self.sent['body']}")
        self.counts["applications_accepted"] += 1
        wait(lambda: self.opportunity(self.sent["email"]), "the application in Lever")
        self.counts["applications_delivered"] += 1

    def rehearse(self) -> None:
        page = f"/t/{SLUG}/rehearsal/"
        self.customer.submit(page, f"{page}start/")
        self.counts["applications_accepted"] += 1
        candidate = wait(
            lambda: next(
                (it for it in self.lever.account()["opportunities"] if it["name"] == REHEARSAL), None
            ),
            "the test application in Lever",
        )
        self.counts["applications_delivered"] += 1
        self.move(candidate)
        self.until("rehearsal", "done")

    def report_conversions(self) -> None:
        """The recruiter moves the applicant; Appcast hears of it."""
        self.move(self.opportunity(self.sent["email"]))
        path = f"appcast/conversions?application_id={self.sent['application_id']}"
        wait(lambda: len(self.lever.ask(path)) >= 2, "arrival and stage among Appcast's conversions")
        self.until("webhooks", "done")
        self.counts["conversions_delivered"] = len(self.lever.ask("appcast/conversions"))
        self.counts["webhook_events_processed"] = self.facts()["events_processed"]

    def ask_to_go_live(self) -> None:
        page = f"/t/{SLUG}/go-live/"
        self.customer.submit(page, f"{page}request/")
        self.until("go-live", "checking")

    def approve(self) -> None:
        """Customer Success signs in with both factors, sees the tenant's health, and approves."""
        self.stack.manage("staff", DEMO_STAFF, "--totp-secret", totp_secret(self.stack))
        staff = Visitor(self.portal)
        sign_in_staff(staff, self.lever)
        desk = staff.get("/admin/tenants/tenant/")
        change = re.search(r'href="(/admin/tenants/tenant/(\d+)/change/)', desk)
        if not change or "Smoke Test Inc" not in desk:
            raise Unexpected("The desk does not list the tenant.")
        staff.submit(change[1], f"/admin/tenants/tenant/{change[2]}/act/approve/")
        self.until("go-live", "done")

    def until(self, step: str, *states: str) -> str:
        """Wait, as the customer does, until the checklist shows one of these states."""
        return wait(lambda: self.state_of(step, states), f"the step {step!r} to be {' or '.join(states)}")

    def state_of(self, step: str, wanted: tuple[str, ...]) -> str | None:
        self.steps = dict(STATE.findall(self.customer.get(f"/t/{SLUG}/")))
        return self.steps[step] if self.steps[step] in wanted else None

    def facts(self) -> dict[str, int]:
        report: dict[str, int] = json.loads(self.stack.manage("doctor", "--tenant", SLUG, "--json"))[0][
            "counts"
        ]
        return report

    def opportunity(self, email: str) -> Any:
        return next((it for it in self.lever.account()["opportunities"] if it["email"] == email), None)

    def move(self, candidate: dict[str, Any]) -> None:
        stage = next(it for it in self.lever.account()["stages"] if "screen" in it["text"].lower())
        self.lever.account(f"/candidates/{candidate['id']}/move", {"stage": stage["id"]})

    def told(self, *, is_ok: bool) -> str:
        total = round(sum(self.seconds.values()), 2)
        seconds = {"total": total, **self.seconds}
        return json.dumps({"ok": is_ok, "steps": self.steps, **self.counts, "seconds": seconds})


def main() -> int:
    with passing_stack() as stack:
        smoke = Smoke(stack)
        is_ok = False
        try:
            smoke.run()
            is_ok = set(smoke.steps.values()) == {"done"}
        except (Unexpected, StackError, requests.RequestException) as error:
            print(f"smoke    | {error}", flush=True)
    print(smoke.told(is_ok=is_ok), flush=True)
    return 0 if is_ok else 1


def wait(look: Callable[[], T | None], what: str) -> T:
    """Raises Unexpected when it does not come in time."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(POLL_SECONDS)
    raise Unexpected(f"{WAIT_SECONDS} s were not enough for {what}.")


def account_key(sandbox_url: str) -> str:
    """The account of the recorded answers, where SANDBOX_ACCOUNT names some; it is the last one."""
    accounts = Sandbox(sandbox_url, "").ask("accounts")
    return str(accounts[-1 if os.environ.get("SANDBOX_ACCOUNT") else 0]["key"])


def totp_secret(stack: Stack) -> str:
    return stack.variables["SANDBOX_TOTP_SECRETS"].rpartition(":")[2]


def sign_in_staff(staff: Visitor, lever: Sandbox) -> None:
    staff.submit("/accounts/login/code/", "/accounts/login/code/", {"email": DEMO_STAFF})
    mail = wait(lambda: next(iter(lever.ask(f"inbox?to={DEMO_STAFF}")), None), "the staff's sign-in code")
    code = re.search(r"^\s*([A-Z0-9]{4}-?[A-Z0-9]{2,4})\s*$", mail["text"], re.MULTILINE)
    if not code:
        raise Unexpected("The mail holds no sign-in code.")
    staff.submit("/accounts/login/code/confirm/", "/accounts/login/code/confirm/", {"code": code[1]})
    one_time = lever.ask(f"totp?email={DEMO_STAFF}")["code"]
    staff.submit("/accounts/2fa/authenticate/", "/accounts/2fa/authenticate/", {"code": one_time})
