"""States of the countries where job boards want them: by code in the United States and Canada, else by name."""

import re

from .countries import folded, pairs

UNITED_STATES = """
    AL Alabama; AK Alaska; AZ Arizona; AR Arkansas; CA California; CO Colorado; CT Connecticut; DE Delaware;
    DC District of Columbia; FL Florida; GA Georgia; HI Hawaii; ID Idaho; IL Illinois; IN Indiana; IA Iowa;
    KS Kansas; KY Kentucky; LA Louisiana; ME Maine; MD Maryland; MA Massachusetts; MI Michigan; MN Minnesota;
    MS Mississippi; MO Missouri; MT Montana; NE Nebraska; NV Nevada; NH New Hampshire; NJ New Jersey;
    NM New Mexico; NY New York; NC North Carolina; ND North Dakota; OH Ohio; OK Oklahoma; OR Oregon;
    PA Pennsylvania; RI Rhode Island; SC South Carolina; SD South Dakota; TN Tennessee; TX Texas; UT Utah;
    VT Vermont; VA Virginia; WA Washington; WV West Virginia; WI Wisconsin; WY Wyoming
"""
CANADA = """
    AB Alberta; BC British Columbia; MB Manitoba; NB New Brunswick; NL Newfoundland and Labrador;
    NS Nova Scotia; NT Northwest Territories; NU Nunavut; ON Ontario; PE Prince Edward Island; QC Quebec;
    QC Québec; SK Saskatchewan; YT Yukon
"""
CODE_BY_NAME = {"US": dict(pairs(UNITED_STATES)), "CA": dict(pairs(CANADA))}
CODES = {country: frozenset(names.values()) for country, names in CODE_BY_NAME.items()}
BRITISH = {
    "england": "England",
    "scotland": "Scotland",
    "wales": "Wales",
    "northern ireland": "Northern Ireland",
}
SHORT = re.compile(r"[A-Z]{2,3}")


def state_of(text: str, country: str) -> tuple[str, str]:
    """State and its country, or two empty texts. `country` is "" when unknown.

    Codes mean something else in every country: those of a country without a table stand as they are.
    """
    name, code = folded(text), text.replace(".", "")
    if name in BRITISH:
        return BRITISH[name], "GB"
    for home, codes in CODE_BY_NAME.items():
        if name in codes:
            return codes[name], home
        if code in CODES[home] and country in ("", *CODES):
            return code, home
    return (code, country) if country and SHORT.fullmatch(code) else ("", "")
