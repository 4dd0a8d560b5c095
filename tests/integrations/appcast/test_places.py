import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.appcast.countries import CODE_BY_NAME, CODES
from integrations.appcast.places import Place, place


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("Columbus, OH", "US", Place("Columbus", "OH", "US")),
        ("Columbus, OH", "", Place("Columbus", "OH", "US")),
        ("Columbus, OH 43004", "US", Place("Columbus", "OH", "US")),
        ("Kansas City MO", "US", Place("Kansas City", "MO", "US")),
        ("Reno, Nevada", "US", Place("Reno", "NV", "US")),
        ("Omaha, Nebraska, USA", "US", Place("Omaha", "NE", "US")),
        ("Washington, D.C.", "US", Place("Washington", "DC", "US")),
        ("New York", "", Place("New York")),
        ("New York, New York", "", Place("New York", "NY", "US")),
        ("New York, USA", "", Place("New York", "", "US")),
        ("St. Louis, MO", "US", Place("St. Louis", "MO", "US")),
        ("Winston-Salem, NC", "US", Place("Winston-Salem", "NC", "US")),
        ("London", "GB", Place("London", "", "GB")),
        ("London", "", Place("London")),
        ("Aberdeen, Scotland", "", Place("Aberdeen", "Scotland", "GB")),
        ("Edinburgh, Scotland, UK", "", Place("Edinburgh", "Scotland", "GB")),
        ("Berlin, Germany", "", Place("Berlin", "", "DE")),
        ("Rotterdam, Netherlands", "US", Place("Rotterdam", "", "NL")),
        ("Rotterdam, NL", "US", Place("Rotterdam", "", "NL")),
        ("Toronto, ON, Canada", "", Place("Toronto", "ON", "CA")),
        ("Toronto, ON", "", Place("Toronto", "ON", "CA")),
        ("Montréal, Québec, Canada", "", Place("Montréal", "QC", "CA")),
        ("Bangalore, Karnataka, India", "", Place("Bangalore", "Karnataka", "IN")),
        ("Sydney, NSW", "AU", Place("Sydney", "NSW", "AU")),
        ("Hogwarts, Scottish Highlands", "", Place("Hogwarts", "Scottish Highlands", "")),
        ("Singapore", "", Place("Singapore", "", "SG")),
        ("Luxembourg, Luxembourg", "", Place("Luxembourg", "", "LU")),
        ("Hybrid - Boston, MA", "US", Place("Boston", "MA", "US")),
        ("San Francisco HQ", "US", Place("San Francisco", "", "US")),
        ("US - Columbus, OH", "", Place("Columbus", "OH", "US")),
        ("Germany - Bavaria - Munich", "", Place("Munich", "Bavaria", "DE")),
        ("Berlin / Munich", "DE", Place("Berlin", "", "DE")),
        ("Remote / Munich", "DE", Place("Munich", "", "DE")),
        ("London", "United Kingdom", Place("London", "", "GB")),
    ],
)
def test_a_town_is_found(text: str, country: str, expected: Place) -> None:
    assert place(text, country) == expected


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        # The same letters mean a state here and a country there.
        ("San Jose, CA", "US", Place("San Jose", "CA", "US")),
        ("Toronto, CA", "CA", Place("Toronto", "", "CA")),
        ("Wilmington, DE", "US", Place("Wilmington", "DE", "US")),
        ("Berlin, DE", "DE", Place("Berlin", "", "DE")),
        ("St. John's, NL", "CA", Place("St. John's", "NL", "CA")),
        ("Amsterdam, NL", "", Place("Amsterdam", "", "NL")),
        ("Milano, MI", "IT", Place("Milano", "MI", "IT")),
        ("Bombay, MH", "IN", Place("Bombay", "MH", "IN")),
        ("Atlanta, Georgia", "", Place("Atlanta", "GA", "US")),
        ("Tbilisi, Georgia", "GE", Place("Tbilisi", "", "GE")),
        ("Lebanon, TN", "", Place("Lebanon", "TN", "US")),
        ("Mexico, Missouri", "", Place("Mexico", "MO", "US")),
    ],
)
def test_the_postings_country_decides_between_two_meanings(text: str, country: str, expected: Place) -> None:
    assert place(text, country) == expected


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("", "", Place()),
        (" , - ", "", Place()),
        ("Remote", "", Place()),
        ("Remote", "GB", Place("", "", "GB")),
        ("Remote - US", "", Place("", "", "US")),
        ("Remote - US", "GB", Place("", "", "US")),
        ("US Remote", "", Place("", "", "US")),
        ("Remote - Europe", "DE", Place("", "", "DE")),
        ("Remote (Germany)", "", Place("", "", "DE")),
        ("Remote in Germany", "", Place("", "", "DE")),
        ("Anywhere", "", Place()),
        ("Germany", "", Place("", "", "DE")),
        ("Texas", "US", Place("", "TX", "US")),
        ("Georgia", "US", Place("", "GA", "US")),
    ],
)
def test_where_no_town_is_named_the_city_is_empty(text: str, country: str, expected: Place) -> None:
    assert place(text, country) == expected


@given(text=st.text(), country=st.text(max_size=3))
def test_no_text_breaks_it(text: str, country: str) -> None:
    assert place(text, country).country in {"", *CODES}


def test_every_country_is_known_by_its_name() -> None:
    assert len(CODES) == 249
    assert all(place(f"Town, {name}").country in (code, "US") for name, code in CODE_BY_NAME.items())
