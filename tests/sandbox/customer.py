"""What the portal and its customer do to reach the sandbox: consent, tokens, calls, a fitting application."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

REDIRECT_URI = "http://127.0.0.1:8000/oauth/lever/callback/"
APP = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
SCOPES = (
    "offline_access postings:read:admin postings:write:admin uploads:write:admin stages:read:admin "
    "opportunities:write:admin applications:read:admin contact:read:admin webhooks:write:admin "
    "archive_reasons:read:admin users:read:admin sources:read:admin diversity_surveys:read:admin"
)


def authorize_path(**changes: str) -> str:
    query = {
        "client_id": APP["client_id"],
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "state": "s-1",
        "audience": "https://api.lever.co/v1/",
        "scope": SCOPES,
    }
    return "/authorize?" + urlencode(query | changes)


def answer_of(address: str) -> dict[str, str]:
    """The query of the address that a browser was sent back to."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def get_tokens(client: FlaskClient, account: str = "meridian", scope: str = SCOPES) -> dict[str, Any]:
    asked = {"account": account, "authorize_url": "https://auth.lever.co" + authorize_path(scope=scope)}
    code = answer_of(client.post("/_control/consent", json=asked).get_json()["redirect_to"])["code"]
    tokens: dict[str, Any] = exchange(client, code).get_json()
    return tokens


def exchange(client: FlaskClient, code: str, **changes: str) -> TestResponse:
    form = APP | {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
    return client.post("/oauth/token", data=form | changes)


def refresh(client: FlaskClient, refresh_token: str) -> TestResponse:
    return client.post(
        "/oauth/token", data=APP | {"grant_type": "refresh_token", "refresh_token": refresh_token}
    )


@dataclass
class Api:
    """The data API with a token."""

    client: FlaskClient
    token: str

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get("/v1" + path, query_string=query, headers=self.headers)

    def post(self, path: str, json: Any = None, **kwargs: Any) -> TestResponse:
        return self.client.post("/v1" + path, json=json, headers=self.headers, **kwargs)

    def put(self, path: str, json: Any) -> TestResponse:
        return self.client.put("/v1" + path, json=json, headers=self.headers)

    def delete(self, path: str) -> TestResponse:
        return self.client.delete("/v1" + path, headers=self.headers)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class Control:
    """The control room's endpoints of one account."""

    client: FlaskClient
    account: str = "meridian"

    def post(self, path: str, **sent: Any) -> TestResponse:
        return self.client.post(f"/_control/accounts/{self.account}{path}", json=sent)

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.client.get(f"/_control/accounts/{self.account}").get_json()
        return state

    def opportunity(self, name: str = "Chloe Martin") -> str:
        """Chloe Martin is a new applicant who applied by herself."""
        return next(str(it["id"]) for it in self.state()["opportunities"] if it["name"] == name)

    def move(self, stage: str = "Recruiter screen", name: str = "Chloe Martin") -> None:
        moved = self.post(f"/candidates/{self.opportunity(name)}/move", stage=stage)
        assert moved.status_code == 200, moved.text

    def deliveries(self) -> list[dict[str, Any]]:
        """When none is under way any more."""
        wait_until(lambda: self.pending() == 0)
        deliveries: list[dict[str, Any]] = self.state()["deliveries"]
        return deliveries

    def pending(self) -> int:
        pending: int = self.client.get("/_control/log").get_json()["pending_webhooks"]
        return pending


def wait_until(is_so: Callable[[], bool]) -> None:
    """For what happens on another thread; by a clock that no test moves."""
    deadline = time.perf_counter() + 5
    while not is_so():
        assert time.perf_counter() < deadline, "It did not come about within five seconds."
        threading.Event().wait(0.002)


def fitting_application(form: dict[str, Any], email: str = "ada@mail.example") -> dict[str, Any]:
    """Every field of the form by position; what is not required stays null."""
    return {
        "personalInformation": [
            {"name": "fullName", "value": "Ada Adler"},
            {"name": "email", "value": email},
        ],
        "customQuestions": [
            {
                "id": question_set["id"],
                "fields": [{"value": fitting_value(it)} for it in question_set["fields"]],
            }
            for question_set in form["customQuestions"]
            if "external" in question_set["distribution"]
        ],
        "source": "Appcast",
    }


def fitting_value(field: dict[str, Any]) -> Any:
    if not field["required"]:
        return None
    if "options" not in field:
        return "an answer"
    first = field["options"][0]["text"]
    return [first] if field["type"] == "multiple-select" else first
