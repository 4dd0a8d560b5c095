import pytest

from integrations.appcast.conversions import ConversionName
from integrations.appcast.suggestions import suggest, suggest_for_archive_reason


@pytest.mark.parametrize(
    ("stage_name", "expected"),
    [
        ("New applicant", "application_received"),
        ("Applied", "application_received"),
        ("Recruiter screen", "reviewed"),
        ("Reviewed", "reviewed"),
        ("Application review", "reviewed"),
        ("Reached out", "contacted"),
        ("Responded", "contacted"),
        ("Contacted", "contacted"),
        ("Phone screen", "interview"),
        ("  PHONE-SCREEN ", "interview"),
        ("On-site interview", "interview"),
        ("Onsite", "interview"),
        ("HM interview", "interview"),
        ("HM screen", "interview"),
        ("Store interview", "interview"),
        ("Team lead interview", "interview"),
        ("Coding interview", "interview"),
        ("Take-home", "assessment"),
        ("Assessment", "assessment"),
        ("Coding test", "assessment"),
        ("Paid trial shift", "assessment"),
        ("Reference check", "background_check"),
        ("Background check", "background_check"),
        ("Drug test", "background_check"),
        ("Offer", "offer"),
        ("Offer extended", "offer"),
        ("Offer declined", "declined"),
        ("Withdrawn", "withdrawn"),
        ("Rejected", "rejected"),
        ("Hired", "hired"),
    ],
)
def test_a_stages_name_suggests_what_it_means(stage_name: str, expected: str) -> None:
    assert suggest(stage_name) == ConversionName(expected)


@pytest.mark.parametrize(
    ("stage_name", "expected"),
    [
        ("Eingang", "application_received"),
        ("Bewerbungseingang", "application_received"),
        ("Neu", "application_received"),
        ("Neue Bewerbungen", "application_received"),
        ("Neue Bewerber:innen", "application_received"),
        ("Sichtung", "reviewed"),
        ("Sichtung der Unterlagen", "reviewed"),
        ("Vorauswahl", "reviewed"),
        ("Prüfung durch Fachabteilung", "reviewed"),
        ("Bewerbung in Prüfung", "reviewed"),
        ("In der engeren Auswahl", "reviewed"),
        ("Kontaktiert", "contacted"),
        ("Erstkontakt", "contacted"),
        ("Vorstellungsgespräch", "interview"),
        ("2. Vorstellungsgespräch (vor Ort)", "interview"),
        ("Vorstellungsgespraech", "interview"),
        ("VORSTELLUNGSGESPRA\u0308CH", "interview"),
        ("Bewerbungsgespräch", "interview"),
        ("Einstellungsgespräch", "interview"),
        ("Telefoninterview", "interview"),
        ("Telefonat", "interview"),
        ("Video-Interview", "interview"),
        ("Kennenlernen", "interview"),
        ("Probearbeiten", "assessment"),
        ("Probetag", "assessment"),
        ("Fallaufgabe", "assessment"),
        ("Einstellungstest", "assessment"),
        ("Assessmentcenter", "assessment"),
        ("Referenzprüfung", "background_check"),
        ("Führungszeugnis", "background_check"),
        ("Drogentest", "background_check"),
        ("Angebot", "offer"),
        ("Vertragsangebot", "offer"),
        ("Arbeitsvertrag versendet", "offer"),
        ("Zusage", "offer"),
        ("Eingestellt", "hired"),
        ("Einstellung", "hired"),
        ("Vertrag unterschrieben", "hired"),
        ("Absage", "rejected"),
        ("Interview: Absage", "rejected"),
        ("Kandidat abgelehnt", "rejected"),
        ("Angebot abgelehnt", "declined"),
        ("Offer abgelehnt", "declined"),
        ("Absage durch Bewerberin", "declined"),
        ("Kandidat hat abgesagt", "declined"),
        ("Bewerbung zurückgezogen", "withdrawn"),
    ],
)
def test_a_german_name_does_so_too(stage_name: str, expected: str) -> None:
    assert suggest(stage_name) == ConversionName(expected)


@pytest.mark.parametrize(
    "stage_name",
    [
        *("New lead", "Leads", "Sourced", "Newsletter", "Stage 4", "", "📞", "Latest", "Contest"),
        *("Neuer Lead", "Talentpool", "Warteliste", "Neustadt", "Stufe 4", "Zurückgestellt"),
    ],
)
def test_leads_and_unknown_names_suggest_nothing(stage_name: str) -> None:
    assert suggest(stage_name) is None


@pytest.mark.parametrize(
    ("name", "is_hired", "expected"),
    [
        ("Hired", True, "hired"),
        ("Withdrew", True, "hired"),
        ("Withdrew", False, "withdrawn"),
        ("Candidate withdrew", False, "withdrawn"),
        ("Application withdrawn", False, "withdrawn"),
        ("Offer declined", False, "declined"),
        ("Declined", False, "declined"),
        ("Bewerbung zurückgezogen", False, "withdrawn"),
        ("Angebot abgelehnt", False, "declined"),
        ("Absage nach dem Vorstellungsgespräch", False, "rejected"),
        ("Anderweitig eingestellt", False, "rejected"),
        ("Underqualified", False, "rejected"),
        ("Hired elsewhere", False, "rejected"),
        ("", False, "rejected"),
    ],
)
def test_an_archive_reason_suggests_how_it_ended(name: str, is_hired: bool, expected: str) -> None:
    assert suggest_for_archive_reason(name, is_hired) == ConversionName(expected)
