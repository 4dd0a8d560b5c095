"""A page tells its times in the zone of whoever reads it."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tenants.reader import zone_middleware


def zone_of_page(cookie: str | None) -> str:
    request = HttpRequest()
    if cookie is not None:
        request.COOKIES["timezone"] = cookie
    tell_zone = zone_middleware(lambda _: HttpResponse(timezone.get_current_timezone_name()))
    return tell_zone(request).content.decode()


def test_times_are_told_in_the_zone_that_the_browser_named() -> None:
    assert zone_of_page("Europe/Berlin") == "Europe/Berlin"


@pytest.mark.parametrize("cookie", [None, "", "Mars/Olympus", "../../etc/passwd", "Europe/Berlin\x00"])
def test_what_is_no_zone_leaves_utc(cookie: str | None) -> None:
    assert zone_of_page(cookie) == "UTC"


def test_a_readers_zone_ends_with_their_page() -> None:
    zone_of_page("Asia/Tokyo")
    assert timezone.get_current_timezone_name() == "UTC"
