"""What counts as accepted, retries, history and Rerun: the delivery rules of chapter 4 of Lever's contract."""

import time

import pytest
from flask.testing import FlaskClient
from pytest_httpserver import HTTPServer
from time_machine import travel
from werkzeug import Request, Response

from sandbox.settings import Settings
from sandbox.world.account import Account
from tests.sandbox.customer import Control, wait_until
from tests.sandbox.receiver import Receiver

STAGE_CHANGE = "candidateStageChange"
HOUR = 3600


def test_a_failed_verification_is_said_and_not_repeated(
    client: FlaskClient, control: Control, receiver: Receiver, key: str
) -> None:
    receiver.statuses = [500]
    webhook = control.state()["webhooks"][0]["id"]
    page = client.post(f"/settings/webhooks/{webhook}/verify?account=meridian", follow_redirects=True).text
    assert "The test failed: the receiver answered 500." in page
    assert len(control.deliveries()[0]["attempts"]) == len(receiver.raw) == 1


@pytest.mark.parametrize("status", [200, 202, 299])
def test_any_2xx_is_accepted(control: Control, receiver: Receiver, key: str, status: int) -> None:
    receiver.statuses = [status]
    control.move()
    assert [(it["state"], len(it["attempts"])) for it in control.deliveries()] == [("delivered", 1)]


@pytest.mark.parametrize("status", [301, 302, 308, 400, 401, 404, 429, 500])
def test_anything_else_a_redirect_included_is_tried_five_times_more(
    control: Control, receiver: Receiver, httpserver: HTTPServer, key: str, status: int
) -> None:
    receiver.statuses = [status]
    control.move()
    delivery = control.deliveries()[0]
    assert delivery["state"] == "failed"
    assert [it["status"] for it in delivery["attempts"]] == [status] * 6
    assert {request.path for request, _ in httpserver.log} == {"/hook"}


def test_retries_end_with_the_first_success_and_are_the_same_bytes(
    control: Control, receiver: Receiver, key: str
) -> None:
    receiver.statuses = [503, 302, 200]
    control.move()
    delivery = control.deliveries()[0]
    assert (delivery["state"], [it["status"] for it in delivery["attempts"]]) == (
        "delivered",
        [503, 302, 200],
    )
    assert len(set(receiver.raw)) == 1


@pytest.mark.parametrize("settings", [Settings(retry_scale=1)])
def test_retries_wait_longer_and_longer(
    client: FlaskClient, control: Control, receiver: Receiver, httpserver: HTTPServer, key: str
) -> None:
    nudge = Receiver(httpserver, path="/nudge")
    control.post("/webhooks", event="candidateArchiveChange", url=nudge.url)
    opportunity = control.opportunity()
    receiver.statuses = [500]

    def attempts() -> int:
        return len(control.state()["deliveries"][0]["attempts"])

    def wait_for(count: int) -> None:
        wait_until(lambda: attempts() == count)

    with travel(int(time.time()) + HOUR, tick=False) as clock:

        def pass_on(seconds: float) -> None:
            """Another delivery wakes the courier, which takes whatever is due, in its order."""
            clock.shift(seconds)
            is_archived = len(nudge.raw) % 2
            control.post(f"/candidates/{opportunity}/archive", reason=None if is_archived else "Withdrew")
            wait_until(lambda: control.state()["deliveries"][-1]["state"] == "delivered")

        control.move()
        wait_for(1)
        for count, gap in enumerate((10, 60, 300, 1800, 7200), 1):
            pass_on(gap - 1)
            assert attempts() == count
            pass_on(1)
            wait_for(count + 1)
        wait_until(lambda: control.pending() == 0)


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/hook", "https://portal..example/hook"])
def test_a_receiver_that_cannot_be_reached_is_a_failure_and_stops_nothing(
    control: Control, receiver: Receiver, address: str
) -> None:
    control.post("/webhooks", event=STAGE_CHANGE, url=address)
    control.post("/webhooks", event=STAGE_CHANGE, url=receiver.url)
    for stage in ("offer", "Recruiter screen"):
        control.move(stage)
    dead = [it for it in control.deliveries() if it["url"] == address]
    assert [(it["state"], len(it["attempts"])) for it in dead] == [("failed", 6)] * 2
    assert all(attempt["error"] and attempt["status"] is None for attempt in dead[0]["attempts"])
    assert len(receiver.raw) == 2


def test_rerun_sends_the_same_token_again(
    client: FlaskClient, control: Control, receiver: Receiver, key: str
) -> None:
    control.move()
    delivery = control.deliveries()[0]
    client.post(f"/settings/webhooks/deliveries/{delivery['id']}/rerun?account=meridian")
    again = control.deliveries()
    assert [len(it["attempts"]) for it in again] == [2]
    assert receiver.raw[0] == receiver.raw[1]


def test_the_history_keeps_a_thousand_of_the_last_two_weeks(
    control: Control, receiver: Receiver, key: str, account: Account, client: FlaskClient
) -> None:
    control.move()
    delivery = control.deliveries()[0]
    with travel(time.time() + 14 * 24 * HOUR + 1):
        assert control.deliveries() == []
        rerun = f"/settings/webhooks/deliveries/{delivery['id']}/rerun?account=meridian"
        assert "no longer in the history" in client.post(rerun, follow_redirects=True).text
    assert account.deliveries.maxlen == 1000
    assert len(receiver.raw) == 1


@pytest.mark.parametrize("settings", [Settings(retry_scale=1)])
def test_resetting_forgets_what_still_waits(
    client: FlaskClient, control: Control, receiver: Receiver, key: str
) -> None:
    receiver.statuses = [500]
    control.move()
    wait_until(lambda: len(control.state()["deliveries"][0]["attempts"]) == 1)
    assert control.pending() == 1
    client.post("/_control/reset")
    assert (control.pending(), control.state()["webhooks"]) == (0, [])


def test_what_was_under_way_when_everything_was_reset_is_not_tried_again(
    client: FlaskClient, control: Control, httpserver: HTTPServer
) -> None:
    def reset_and_fail(request: Request) -> Response:
        client.post("/_control/reset")
        return Response(status=500)

    httpserver.expect_request("/hook").respond_with_handler(reset_and_fail)
    control.post("/webhooks", event=STAGE_CHANGE, url=httpserver.url_for("/hook"))
    control.move()
    wait_until(lambda: len(httpserver.log) == 1)
    control.deliveries()
    control.post("/webhooks", event=STAGE_CHANGE, url=httpserver.url_for("/after"))
    httpserver.expect_request("/after").respond_with_data("")
    control.move()
    control.deliveries()
    assert [request.path for request, _ in httpserver.log] == ["/hook", "/after"]
