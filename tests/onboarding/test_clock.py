"""A moment names its zone, and its day unless that is today."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from onboarding import clock


def test_it_is_told_in_the_readers_zone_with_its_day_unless_today() -> None:
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        noon = timezone.localtime().replace(hour=12, minute=5)
        assert clock.told(noon) == "12:05 JST"
        yesterday = noon - timedelta(days=1)
        assert clock.told(yesterday) == f"{yesterday.day} {yesterday:%B}, 12:05 JST"
