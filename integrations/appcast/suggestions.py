"""What a stage or an archive reason probably means to Appcast. A customer confirms it: nothing is guessed live."""

import re

from .conversions import ConversionName

# The first that matches wins: an "offer declined" is no offer, a "drug test" no assessment of skill.
STAGES: tuple[tuple[str, ConversionName], ...] = (
    (r".*\bdeclin(e|es|ed)\b.*", ConversionName.DECLINED),
    (r".*\bwithdr[ae]wn?\b.*", ConversionName.WITHDRAWN),
    (r".*\b(reject(ed|ion)?|not selected|disqualified)\b.*", ConversionName.REJECTED),
    (r"hired?|onboard(ed|ing)", ConversionName.HIRED),
    (r".*\b(background|references?|drug|right to work)\b.*", ConversionName.BACKGROUND_CHECK),
    (r".*\boffers?\b.*", ConversionName.OFFER),
    (
        r".*\b(interview(s|ing)?|phone|video|on ?site|panel|final round|debrief)\b.*"
        r"|.*\b(hm|hiring manager|tech|technical) (screen|call|chat)\b.*",
        ConversionName.INTERVIEW,
    ),
    (
        r".*\b(take home|assessments?|assignment|coding|tests?|case study|challenge|exercise|work sample"
        r"|trial)\b.*",
        ConversionName.ASSESSMENT,
    ),
    (r".*\b(reached out|outreach|responded|replied|contact(ed)?)\b.*", ConversionName.CONTACTED),
    (
        r".*\b(review(ed)?|screen(ed|ing)?|pre ?screen(ed|ing)?|shortlist(ed)?)\b.*",
        ConversionName.REVIEWED,
    ),
    (r"new|inbox|.*\b(applicants?|applied|applications?)\b.*", ConversionName.APPLICATION_RECEIVED),
)


def suggest(stage_name: str) -> ConversionName | None:
    """None for names that say nothing known, and for leads: they have not applied yet."""
    words = _words(stage_name)
    return next((conversion for pattern, conversion in STAGES if re.fullmatch(pattern, words)), None)


def suggest_for_archive_reason(name: str, is_hired: bool) -> ConversionName:
    """Who is archived is out: rejected unless they were hired or went themselves."""
    words = _words(name)
    if is_hired:
        return ConversionName.HIRED
    if re.search(r"\bwithdr[ae]w", words):
        return ConversionName.WITHDRAWN
    return ConversionName.DECLINED if re.search(r"\bdeclin", words) else ConversionName.REJECTED


def _words(name: str) -> str:
    return " ".join(re.findall(r"\w+", name.casefold()))
