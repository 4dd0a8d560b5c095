"""How often one may ask: chapter 2 of Lever's contract."""

import time
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from time_machine import Traveller, travel

from sandbox.world import World
from sandbox.world.posting import Posting
from tests.sandbox.customer import Api, fitting_application, get_tokens, refresh


@pytest.fixture
def clock(world: World) -> Iterator[Traveller]:
    """Stands still until it is moved."""
    with travel(int(time.time()) + 1, tick=False) as clock:
        yield clock


def asked(api: Api, times: int) -> int:
    """How many of so many calls at once were answered."""
    return sum(api.get("/stages/offer").status_code == 200 for _ in range(times))


def applied(api: Api, posting: Posting, times: int = 5) -> list[int]:
    application = fitting_application(posting.form)
    return [api.post(f"/postings/{posting.id}/apply", application).status_code for _ in range(times)]


def test_a_burst_of_twenty_passes_and_ten_a_second_follow(clock: Traveller, api: Api) -> None:
    assert asked(api, 25) == 20
    clock.shift(1)
    assert asked(api, 25) == 10
    clock.shift(0.5)
    assert asked(api, 25) == 5


def test_a_long_rest_saves_up_no_more_than_a_burst(clock: Traveller, api: Api) -> None:
    clock.shift(60)
    assert asked(api, 25) == 20


def test_ten_a_second_pass_for_as_long_as_one_likes(clock: Traveller, api: Api) -> None:
    for _ in range(5):
        assert asked(api, 10) == 10
        clock.shift(1)


def test_a_clock_that_is_put_back_takes_nothing_away(clock: Traveller, api: Api) -> None:
    clock.shift(-60)
    assert asked(api, 25) == 20


def test_a_429_has_lever_s_shape_and_no_rate_headers(clock: Traveller, api: Api) -> None:
    asked(api, 20)
    refused = api.get("/stages/offer")
    assert (refused.status_code, refused.get_json().keys()) == (429, {"code", "message"})
    names = {name.lower() for name, _ in refused.headers}
    assert not [name for name in names if "retry-after" in name or "ratelimit" in name]


def test_every_token_has_a_limit_of_its_own(clock: Traveller, api: Api, client: FlaskClient) -> None:
    asked(api, 20)
    tokens = get_tokens(client)
    assert asked(Api(client, tokens["access_token"]), 25) == 20
    refreshed = refresh(client, tokens["refresh_token"]).get_json()["access_token"]
    assert asked(Api(client, refreshed), 25) == 20


def test_refused_calls_and_strangers_do_not_use_up_the_limit(
    clock: Traveller, api: Api, client: FlaskClient
) -> None:
    asked(api, 40)
    asked(Api(client, "strange"), 40)
    clock.shift(0.25)
    assert asked(api, 5) == 2


def test_the_third_application_at_once_is_refused_and_not_taken(
    clock: Traveller, api: Api, posting: Posting
) -> None:
    assert applied(api, posting) == [201, 201, 429, 429, 429]
    assert len(api.get("/opportunities", email="ada@mail.example").get_json()["data"]) == 2


def test_two_applications_a_second_are_taken(clock: Traveller, api: Api, posting: Posting) -> None:
    applied(api, posting)
    clock.shift(1)
    assert applied(api, posting) == [201, 201, 429, 429, 429]
    clock.shift(0.5)
    assert applied(api, posting, times=2) == [201, 429]
    clock.shift(0.4)
    assert applied(api, posting, times=1) == [429]


def test_applications_are_counted_per_account_and_not_per_token(
    clock: Traveller, api: Api, client: FlaskClient, posting: Posting
) -> None:
    applied(api, posting, times=2)
    another = Api(client, get_tokens(client)["access_token"])
    assert applied(another, posting, times=1) == [429]


def test_reading_is_not_held_up_by_applications(clock: Traveller, api: Api, posting: Posting) -> None:
    applied(api, posting, times=3)
    assert asked(api, 17) == 17


def test_the_feed_has_no_limit(clock: Traveller, client: FlaskClient) -> None:
    statuses = {client.get("/v0/postings/meridian?mode=json&limit=1").status_code for _ in range(40)}
    assert statuses == {200}
