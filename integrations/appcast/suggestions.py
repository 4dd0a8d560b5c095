"""What a stage or an archive reason probably means to Appcast. A customer confirms it: nothing is guessed live."""

import re
import unicodedata

from .conversions import ConversionName

# English and German, by the words that `_words` gives: umlauts are spelled out. The first that matches wins: an
# "offer declined" is no offer, a "drug test" no assessment of skill, a "Bewerbungsgespräch" no application.
STAGES: tuple[tuple[ConversionName, str, str], ...] = (
    (
        ConversionName.DECLINED,
        r"\bdeclin\w*",
        r"(angebot|\boffer)\w* (\w+ )*(abgelehnt|ausgeschlagen|nicht angenommen)|\bangebotsablehnung"
        r"|(absage|abgesagt|abgelehnt) (durch|vom|von) (\w+ )*(bewerber|kandidat)"
        r"|(bewerber|kandidat)\w* (\w+ )*(hat|haben) (\w+ )*(abgelehnt|abgesagt)",
    ),
    (
        ConversionName.WITHDRAWN,
        r"\bwithdr[ae]w\w*",
        r"zurueckgezogen|zurueckgetreten|zieht zurueck|rueckzug",
    ),
    (
        ConversionName.REJECTED,
        r"\b(reject(ed|ion)?|not selected|disqualified)\b",
        r"\b(absage\w*|abgesagt|abgelehnt|ablehnung\w*|aussortiert|disqualifiziert|ungeeignet|nicht geeignet)\b",
    ),
    (
        ConversionName.HIRED,
        r"^(hired?|onboard(ed|ing))$",
        r"\b(eingestellt|einstellung)\b|\b\w*vertrag\w* (\w+ )*(unterschrieben|unterzeichnet)",
    ),
    (
        ConversionName.BACKGROUND_CHECK,
        r"\b(background|references?|drug|right to work)\b",
        r"\breferenz|fuehrungszeugnis|\bhintergrund|zuverlaessigkeit|drogentest|arbeitserlaubnis",
    ),
    (
        ConversionName.OFFER,
        r"\boffers?\b",
        r"angebot|\b\w*vertrag|\b\w*zusage\b",
    ),
    (
        ConversionName.INTERVIEW,
        r"\b(interview(s|ing)?|phone|video|on ?site|panel|final round|debrief)\b"
        r"|\b(hm|hiring manager|tech|technical) (screen|call|chat)\b",
        r"gespraech|interview|\btelefon|\bkennenlern|\bvor ort\b|\bvorstellung",
    ),
    (
        ConversionName.ASSESSMENT,
        r"\b(take home|assessments?|assignment|coding|tests?|case study|challenge|exercise|work sample|trial)\b",
        r"\bassessment|(einstellungs|eignungs|online|fach|sprach|faehigkeits|persoenlichkeits)tests?\b"
        r"|aufgaben?\b|\bfallstudie|\bprobe(arbeit|tag)|\bschnuppertag|\barbeitsprobe|\bhospitation",
    ),
    (
        ConversionName.CONTACTED,
        r"\b(reached out|outreach|responded|replied|contact(ed)?)\b",
        r"kontaktiert|kontaktaufnahme|kontakt\b|\bangeschrieben\b|\bangesprochen\b|ansprache\b|\bgeantwortet\b",
    ),
    (
        ConversionName.REVIEWED,
        r"\b(review(ed)?|screen(ed|ing)?|pre ?screen(ed|ing)?|shortlist(ed)?)\b",
        r"sichtung|\bgesichtet\b|pruefung|\bgeprueft\b|\bvorauswahl|\bengeren? (aus)?wahl\b|\bbewertung|screening\b",
    ),
    (
        ConversionName.APPLICATION_RECEIVED,
        r"^(new|inbox)$|\b(applicants?|applied|applications?)\b",
        r"^neue?$|eingang\b|\beingegangen|\bbeworben\b|bewerbung(en)?\b|\bbewerber(in|innen)?\b",
    ),
)


def suggest(stage_name: str) -> ConversionName | None:
    """None for names that say nothing known, and for leads: they have not applied yet."""
    words = _words(stage_name)
    return next(
        (conversion for conversion, *languages in STAGES if any(re.search(it, words) for it in languages)),
        None,
    )


def suggest_for_archive_reason(name: str, is_hired: bool) -> ConversionName:
    """Who is archived is out: rejected unless they were hired or went themselves."""
    if is_hired:
        return ConversionName.HIRED
    meaning = suggest(name)
    went = {ConversionName.WITHDRAWN, ConversionName.DECLINED}
    return meaning if meaning in went else ConversionName.REJECTED


UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def _words(name: str) -> str:
    """However an umlaut is written: as one character, as two, or spelled out."""
    folded = unicodedata.normalize("NFKC", name).casefold().translate(UMLAUTS)
    return " ".join(re.findall(r"\w+", folded))
