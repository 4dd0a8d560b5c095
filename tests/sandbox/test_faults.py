"""Faults of each kind: what goes wrong on order, where, how often and for how long."""

import time

import pytest
import requests
from flask.testing import FlaskClient
from time_machine import travel

from sandbox.server import Server
from sandbox.world.posting import Posting
from tests.sandbox.customer import Api, Control, fitting_application, get_tokens, refresh
from tests.sandbox.receiver import Receiver, signature_of

FEED = "/v0/postings/meridian?mode=json"


def status_of(client: FlaskClient, path: str = FEED) -> int:
    return client.get(path).status_code


@pytest.mark.parametrize("kind", ["401", "404", "410", "429", "500", "503"])
def test_a_status_is_answered_in_the_spelling_of_each_room(
    client: FlaskClient, control: Control, kind: str
) -> None:
    tokens = get_tokens(client)
    control.post("/faults", kind=kind)
    api, feed = Api(client, tokens["access_token"]).get("/stages"), client.get(FEED)
    token = refresh(client, tokens["refresh_token"])
    assert {it.status_code for it in (api, feed, token)} == {int(kind)}
    assert api.get_json().keys() == {"code", "message"}
    assert feed.get_json().keys() == {"ok", "error"}
    assert token.get_json().keys() == {"error", "error_description"}


def test_a_refused_refresh_has_not_used_up_the_token(client: FlaskClient, control: Control) -> None:
    token = get_tokens(client)["refresh_token"]
    control.post("/faults", kind="503", path_prefix="/oauth/token", times=1)
    assert [refresh(client, token).status_code for _ in range(2)] == [503, 200]


def test_a_refused_application_has_not_been_taken(api: Api, control: Control, posting: Posting) -> None:
    control.post("/faults", kind="500", method="post")
    answer = api.post(f"/postings/{posting.id}/apply", fitting_application(posting.form))
    assert answer.status_code == 500
    assert control.state()["counts"]["applications"] == 6


def test_a_fault_strikes_so_often_and_no_more(client: FlaskClient, control: Control) -> None:
    control.post("/faults", kind="503", times=2)
    assert [status_of(client) for _ in range(3)] == [503, 503, 200]
    assert client.get("/_control/faults").get_json() == []


def test_a_fault_lasts_so_long_and_no_longer(client: FlaskClient, control: Control) -> None:
    with travel(time.time(), tick=False) as clock:
        control.post("/faults", kind="500", seconds=30)
        clock.shift(29)
        assert status_of(client) == 500
        clock.shift(1)
        assert status_of(client) == 200
        assert client.get("/_control/faults").get_json() == []


def test_a_fault_of_one_account_leaves_the_others_alone(client: FlaskClient, control: Control) -> None:
    control.post("/faults", kind="500")
    assert (status_of(client), status_of(client, "/v0/postings/halden?mode=json")) == (500, 200)


def test_a_fault_of_all_strikes_every_account_and_appcast(client: FlaskClient) -> None:
    client.post("/_control/faults", json={"kind": "503"})
    assert (status_of(client), status_of(client, "/v0/postings/halden?mode=json")) == (503, 503)
    assert client.post("/appcast/conversions").status_code == 503


def test_a_fault_of_appcast_strikes_its_receiver_alone(client: FlaskClient) -> None:
    client.post("/_control/appcast/faults", json={"kind": "410"})
    assert client.post("/appcast/conversions").status_code == 410
    assert status_of(client) == 200


def test_path_and_method_narrow_a_fault(api: Api, client: FlaskClient, control: Control) -> None:
    control.post("/faults", kind="500", path_prefix="/v1/postings", method="get")
    assert api.get("/postings").status_code == 500
    assert api.post("/postings").status_code == 405
    assert api.get("/stages").status_code == 200
    assert status_of(client) == 200


def test_a_fault_is_replaced_by_the_next_of_its_kind_and_called_off(
    client: FlaskClient, control: Control
) -> None:
    control.post("/faults", kind="500", path_prefix="/v1/")
    ordered = control.post("/faults", kind="500", path_prefix="/v0/", times=3).get_json()
    assert [(it["kind"], it["account"], it["path_prefix"], it["times_left"]) for it in ordered] == [
        ("500", "meridian", "/v0/", 3)
    ]
    assert control.post("/faults", kind="500", on=False).get_json() == []
    assert status_of(client) == 200


def test_retry_after_comes_only_when_it_was_ordered(client: FlaskClient, control: Control) -> None:
    control.post("/faults", kind="429")
    assert "Retry-After" not in client.get(FEED).headers
    control.post("/faults", kind="429", retry_after=7)
    assert client.get(FEED).headers["Retry-After"] == "7"


def test_people_s_pages_and_the_control_room_never_fail_on_order(client: FlaskClient) -> None:
    client.post("/_control/faults", json={"kind": "500"})
    assert status_of(client, "/candidates?account=meridian") == 200
    assert status_of(client, "/_control/accounts") == 200


def test_slow_answers_late_and_rightly(client: FlaskClient, control: Control) -> None:
    control.post("/faults", kind="slow", seconds=0.05, times=1)
    began = time.perf_counter()
    assert status_of(client) == 200
    assert time.perf_counter() - began >= 0.05


def test_a_lost_answer_was_acted_upon(server: Server, control: Control, api: Api, posting: Posting) -> None:
    control.post("/faults", kind="lose_answer", times=1)
    address = f"{server.url}/v1/postings/{posting.id}/apply"
    application = fitting_application(posting.form)
    with pytest.raises(requests.ConnectionError):
        requests.post(address, json=application, headers=api.headers, timeout=5)
    assert [it["email"] for it in control.state()["applications"]].count("ada@mail.example") == 1
    assert requests.post(address, json=application, headers=api.headers, timeout=5).status_code == 201


def test_what_failed_after_acting_was_acted_upon(api: Api, control: Control, posting: Posting) -> None:
    control.post("/faults", kind="act_then_500", times=1)
    answers = [api.post(f"/postings/{posting.id}/apply", fitting_application(posting.form)) for _ in range(2)]
    assert [it.status_code for it in answers] == [500, 201]
    assert [it["email"] for it in control.state()["applications"]].count("ada@mail.example") == 2


def test_a_reset_connection_was_not_acted_upon(
    server: Server, control: Control, api: Api, posting: Posting
) -> None:
    control.post("/faults", kind="reset", times=1)
    address = f"{server.url}/v1/postings/{posting.id}/apply"
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        requests.post(address, json=fitting_application(posting.form), headers=api.headers, timeout=5)
    assert control.state()["counts"]["applications"] == 6
    answer = requests.post(address, json=fitting_application(posting.form), headers=api.headers, timeout=5)
    assert answer.status_code == 201


def test_a_fault_can_strike_a_share_by_chance(client: FlaskClient, control: Control) -> None:
    control.post("/faults", kind="503", share=0.5)
    struck = [status_of(client) for _ in range(200)].count(503)
    assert 50 < struck < 150
    assert client.post("/_control/faults", json={"kind": "503", "share": 0}).status_code == 400


def test_an_answer_is_lost_of_writes_only_unless_the_method_says_otherwise(
    server: Server, control: Control
) -> None:
    control.post("/faults", kind="lose_answer")
    assert requests.get(server.url + FEED, timeout=5).status_code == 200
    control.post("/faults", kind="lose_answer", method="GET")
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url + FEED, timeout=5)


def test_an_answer_to_a_refresh_is_lost_with_the_new_token(
    server: Server, client: FlaskClient, control: Control
) -> None:
    token = get_tokens(client)["refresh_token"]
    control.post("/faults", kind="lose_answer", path_prefix="/oauth/token", times=1)
    form = {"client_id": "sandbox-client", "client_secret": "sandbox-secret", "refresh_token": token}
    with pytest.raises(requests.ConnectionError):
        requests.post(f"{server.url}/oauth/token", data=form | {"grant_type": "refresh_token"}, timeout=5)
    assert refresh(client, token).get_json()["error"] == "invalid_grant"


def test_a_refusal_is_not_lost(server: Server, control: Control) -> None:
    control.post("/faults", kind="lose_answer")
    assert requests.post(f"{server.url}/v1/uploads", timeout=5).status_code == 401


def test_reduced_scopes_are_those_of_the_published_link(api: Api, control: Control) -> None:
    control.post("/faults", kind="reduced_scopes")
    assert api.get("/postings").status_code == 200
    refused = [api.get(path) for path in ("/stages", "/webhooks", "/opportunities")]
    assert {it.status_code for it in refused} == {403}
    control.post("/faults", kind="reduced_scopes", on=False)
    assert api.get("/stages").status_code == 200


def test_reduced_scopes_can_be_named_and_add_none(client: FlaskClient, control: Control) -> None:
    api = Api(client, get_tokens(client, scope="stages:read:admin")["access_token"])
    control.post("/faults", kind="reduced_scopes", scopes="stages:read:admin webhooks:read:admin")
    assert api.get("/stages").status_code == 200
    assert api.get("/webhooks").status_code == 403


def test_a_shrunken_feed_shows_a_tenth_in_every_mode(client: FlaskClient, control: Control) -> None:
    control.post("/feed", enabled=True)
    control.post("/faults", kind="shrunken_feed")
    assert len(client.get(FEED).get_json()) == 2
    assert client.get("/v0/postings/meridian?mode=xml").text.count("<job>") == 2


def test_a_malformed_feed_breaks_off_in_the_middle(client: FlaskClient, control: Control) -> None:
    whole = client.get(FEED).data
    control.post("/faults", kind="malformed_feed")
    broken = client.get(FEED)
    assert broken.status_code == 200
    assert whole.startswith(broken.data)
    assert len(whole) / 2 < len(broken.data) < len(whole)


def test_unsigned_webhooks_lack_the_signature(control: Control, receiver: Receiver, key: str) -> None:
    control.post("/faults", kind="unsigned_webhooks", times=1)
    for stage in ("offer", "Recruiter screen"):
        control.move(stage)
        control.deliveries()
    assert ["signature" in it for it in receiver.bodies] == [False, True]


def test_wrongly_signed_webhooks_have_another_signature(
    control: Control, receiver: Receiver, key: str
) -> None:
    control.post("/faults", kind="wrongly_signed_webhooks", times=1)
    for stage in ("offer", "Recruiter screen"):
        control.move(stage)
        control.deliveries()
    assert [len(it["signature"]) for it in receiver.bodies] == [64, 64]
    assert [it["signature"] == signature_of(it, key) for it in receiver.bodies] == [False, True]


def test_the_control_page_orders_and_calls_off(client: FlaskClient) -> None:
    form = {"kind": "503", "account": "meridian", "times": "2"}
    page = client.post("/control/faults", data=form, follow_redirects=True).text
    assert "503: Down for maintenance" in page
    assert [(it["kind"], it["times_left"]) for it in client.get("/_control/faults").get_json()] == [
        ("503", 2)
    ]
    client.post("/control/faults", data={"kind": "503", "account": "meridian", "on": "no"})
    assert client.get("/_control/faults").get_json() == []
    assert "All is well" in client.get("/control").text
