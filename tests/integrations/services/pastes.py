"""Tables of stages as customers send them, each with what it must be understood as.

Invisible characters are spelled out. An id of Lever's is shortened to a letter in `{braces}`; `{p!copied}` is as the
guide shows a copied one, with blanks around its dashes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

IDS = {
    "p": "67c97049-1e8f-4e83-8eb3-774a1ea86cdf",
    "s": "0c023c34-27b7-4a50-9a1b-1e36a1d0a0f2",
    "t": "f2b0a4f8-3c65-4f0e-8b3a-90c0d2a75c11",
    "r": "1d8976ae-3fd9-44ed-bf5b-4aa019929779",
}
SPELLINGS = {
    "": IDS,
    "!copied": {key: it.replace("-", " - ") for key, it in IDS.items()},
    "!upper": {key: it.upper() for key, it in IDS.items()},
    "!dashes": {key: it.replace("-", "\u2013") for key, it in IDS.items()},
    "!hard": {key: it.replace("-", "\u00a0-\u00a0") for key, it in IDS.items()},
}


@dataclass(frozen=True, slots=True)
class Paste:
    """`rows` are (workflow, name, id); `problems` begin with the number of their line."""

    title: str
    text: str
    rows: Sequence[tuple[str, str, str]]
    problems: Sequence[str] = ()

    @property
    def pasted(self) -> str:
        return spelled(self.text)

    @property
    def understood(self) -> list[tuple[str, str, str]]:
        return [(workflow, name, spelled(external_id)) for workflow, name, external_id in self.rows]


def spelled(text: str) -> str:
    for spelling, ids in SPELLINGS.items():
        for key, external_id in ids.items():
            text = text.replace(f"{{{key}{spelling}}}", external_id)
    return text


PHONE, SITE, TRIAL = ("", "Phone screen", "{p}"), ("", "On-site interview", "{s}"), ("", "Trial shift", "{t}")
OF_DRIVERS = [("Drivers", *PHONE[1:]), ("Drivers", *SITE[1:]), ("Drivers", *TRIAL[1:])]

PASTES = [
    Paste(
        "a spreadsheet's cells",
        "Stage\tStage ID\nPhone screen\t{p}\nOn-site interview\t{s}\nTrial shift\t{t}\n",
        [PHONE, SITE, TRIAL],
    ),
    Paste(
        "a spreadsheet with a numbered first column, empty columns and a total",
        "#\tStage\t\tStage ID\t\n1\tPhone screen\t\t{p}\t\n2\tOn-site interview\t\t{s}\t\n\t\t\t\t\n",
        [PHONE, SITE],
    ),
    Paste(
        "a spreadsheet with the workflow in merged cells and dates behind",
        "Workflow\tStage\tID\tCopied on\nDrivers\tPhone screen\t{p}\t2026-11-02\n"
        "\tOn-site interview\t{s}\t2026-11-02\n"
        "Sales\tTrial shift\t{t}\t2026-11-03\n",
        [OF_DRIVERS[0], OF_DRIVERS[1], ("Sales", "Trial shift", "{t}")],
    ),
    Paste(
        "a spreadsheet that carries a title above its headings",
        "Lever stages\t\t\n\t\t\nWorkflow\tStage name\tStage ID\nDrivers\tPhone screen\t{p}\n"
        "Drivers\tOn-site interview\t{s}\n",
        [OF_DRIVERS[0], OF_DRIVERS[1]],
    ),
    Paste(
        "a spreadsheet with a column of owners, which its headings name",
        "Stage\tOwner\tStage ID\nPhone screen\tAnn\t{p}\nOn-site interview\tBob\t{s}\n",
        [PHONE, SITE],
    ),
    Paste(
        "a file of comma-separated values with commas in quotation marks",
        'name,id\n"Phone, first round",{p}\n"The ""big"" day",{s}\nTrial shift,{t}\n',
        [("", "Phone, first round", "{p}"), ("", 'The "big" day', "{s}"), TRIAL],
    ),
    Paste(
        "a German spreadsheet's file, with semicolons and a byte order mark",
        "\ufeffPhase;Phasen-ID\r\nTelefoninterview;{p}\r\nVorstellungsgespräch;{s}\r\n",
        [("", "Telefoninterview", "{p}"), ("", "Vorstellungsgespräch", "{s}")],
    ),
    Paste(
        "German headings with a workflow",
        "Nr.\tWorkflow\tBezeichnung\tID\tBemerkung\n1\tFahrer\tErstgespräch\t{p}\tdurch Anna\n"
        "2\tFahrer\tProbearbeiten\t{t}\t\n",
        [("Fahrer", "Erstgespräch", "{p}"), ("Fahrer", "Probearbeiten", "{t}")],
    ),
    Paste(
        "German labels, a stage in two lines",
        "Name der Phase: Erstgespräch\nPhasen-ID: {p}\n\nName der Phase: Probearbeiten\nPhasen-ID: {t}\n",
        [("", "Erstgespräch", "{p}"), ("", "Probearbeiten", "{t}")],
    ),
    Paste(
        "a German e-mail",
        "Hallo Jonas,\n\nanbei unsere Phasen aus Lever:\n\nTelefoninterview: {p!copied}\n"
        "Angebot: {s!copied}\n\n"
        "Viele Grüße\nAnna Schmidt\nNorthwind GmbH\n",
        [("", "Telefoninterview", "{p}"), ("", "Angebot", "{s}")],
    ),
    Paste(
        "a document with bullets",
        "Drivers\n\u2022\tPhone screen \u2013 {p}\n\u2022\tOn-site interview \u2013 {s}\n"
        "\u25e6\tTrial shift \u2013 {t}\n",
        OF_DRIVERS,
    ),
    Paste(
        "a document's numbering",
        "Drivers\n1.\tPhone screen {p}\n2.\tOn-site interview {s}\n3.\tTrial shift {t}\n",
        OF_DRIVERS,
    ),
    Paste(
        "numbering that was typed",
        "Drivers\n1. Phone screen - {p}\n2. On-site interview - {s}\n3. Trial shift - {t}\n",
        OF_DRIVERS,
    ),
    Paste(
        "German ordinals, which are part of their names",
        "Telefonat: {p}\n1. Gespräch: {s}\n2. Gespräch: {t}\n",
        [("", "Telefonat", "{p}"), ("", "1. Gespräch", "{s}"), ("", "2. Gespräch", "{t}")],
    ),
    Paste(
        "one German ordinal among names",
        "Telefonat: {p}\n1. Gespräch: {s}\nProbearbeiten: {t}\n",
        [("", "Telefonat", "{p}"), ("", "1. Gespräch", "{s}"), ("", "Probearbeiten", "{t}")],
    ),
    Paste(
        "nothing but German ordinals",
        "1. Gespräch: {s}\n2. Gespräch: {t}\n",
        [("", "1. Gespräch", "{s}"), ("", "2. Gespräch", "{t}")],
    ),
    Paste(
        "numbered workflows with lettered stages",
        "1. Drivers\n   a) Phone screen: {p}\n   b) On-site interview: {s}\n2. Sales\n"
        "   a) Trial shift: {t}\n",
        [OF_DRIVERS[0], OF_DRIVERS[1], ("Sales", "Trial shift", "{t}")],
    ),
    Paste(
        "a name that begins with a number",
        "1st interview\t{p}\n2nd interview\t{s}\n30 minutes with the team\t{t}\n",
        [("", "1st interview", "{p}"), ("", "2nd interview", "{s}"), ("", "30 minutes with the team", "{t}")],
    ),
    Paste(
        "an e-mail that quotes another",
        "> Phone screen: {p}\n> On-site interview: {s}\n>\n> > Trial shift: {t}\n",
        [PHONE, SITE, TRIAL],
    ),
    Paste(
        "an e-mail with a greeting, a sentence and a signature",
        "Hi Jonas,\n\nhere are the stages of our Lever account:\n\nPhone screen: {p!copied}\n"
        "On-site interview: {s!copied}\n\n"
        "Best regards,\nAnna\n--\nAnna Smith | Talent Operations | +49 30 1234567\n",
        [PHONE, SITE],
    ),
    Paste(
        "an e-mail whose sentence begins with nothing special",
        "I went through Lever this morning and copied all of them:\nPhone screen: {p}\nOn-site interview: {s}\n",
        [PHONE, SITE],
    ),
    Paste(
        "a forwarded e-mail with its head",
        "---------- Forwarded message ---------\nFrom: Anna Smith <anna@northwind.example>\n"
        "Date: Mon, 2 Nov 2026 at 10:12\nSubject: Lever stages\nTo: Jonas <jonas@appcast.example>\n\n"
        "Phone screen: {p}\nOn-site interview: {s}\n",
        [PHONE, SITE],
    ),
    Paste(
        "ids with blanks, as the guide shows them",
        "Phone screen {p!copied}\nOn-site interview {s!copied}\n{t!copied} Trial shift\n",
        [PHONE, SITE, TRIAL],
    ),
    Paste(
        "ids with hard blanks and names with soft hyphens",
        "Phone\u00a0screen\u00a0{p!hard}\nOn-site inter\u00adview\u00a0\u00a0{s!hard}\n",
        [PHONE, SITE],
    ),
    Paste(
        "dashes that a mail program lengthened",
        "Phone screen \u2014 {p!dashes}\nOn\u2011site interview \u2014 {s!dashes}\n",
        [PHONE, ("", "On\u2011site interview", "{s}")],
    ),
    Paste(
        "upper-case ids before the names",
        "{p!upper} Phone screen\n{s!upper}, On-site interview\n{t!upper}\tTrial shift\n",
        [PHONE, SITE, TRIAL],
    ),
    Paste(
        "smart quotation marks",
        "\u201cPhone screen\u201d \u201c{p}\u201d\n\u2018On-site interview\u2019: \u2018{s}\u2019\n"
        "\u201eTrial shift\u201c: {t}\n",
        [PHONE, SITE, TRIAL],
    ),
    Paste(
        "a table of Markdown",
        "| Stage | ID |\n|---|---|\n| Phone screen | `{p}` |\n| On-site interview | `{s}` |\n",
        [PHONE, SITE],
    ),
    Paste(
        "Markdown with a heading for each workflow",
        "## Drivers\n- **Phone screen**: `{p}`\n- **On-site interview**: `{s}`\n\n## Sales\n"
        "* Trial shift: `{t}`\n",
        [OF_DRIVERS[0], OF_DRIVERS[1], ("Sales", "Trial shift", "{t}")],
    ),
    Paste(
        "two workflows on lines of their own, which share a stage",
        "Drivers:\nNew applicant\tapplicant-new\nPhone screen\t{p}\n\nSales:\nNew applicant\tapplicant-new\n"
        "Offer\toffer\n",
        [
            ("Drivers", "New applicant", "applicant-new"),
            ("Drivers", "Phone screen", "{p}"),
            ("Sales", "New applicant", "applicant-new"),
            ("Sales", "Offer", "offer"),
        ],
    ),
    Paste(
        "workflows that are underlined",
        "Drivers\n=======\nPhone screen {p}\n\nSales\n-----\nTrial shift {t}\n",
        [OF_DRIVERS[0], ("Sales", "Trial shift", "{t}")],
    ),
    Paste(
        "workflows called so",
        "Workflow 1: Drivers\nPhone screen\t{p}\nHiring workflow: Sales\nTrial shift\t{t}\n",
        [OF_DRIVERS[0], ("Sales", "Trial shift", "{t}")],
    ),
    Paste(
        "name, words of Lever's page and id on lines of their own",
        "Phone screen\nStage ID\n{p!copied}\n\nOn-site interview\nStage ID\n{s!copied}\n",
        [PHONE, SITE],
    ),
    Paste(
        "what Lever's page gives when all of it is copied",
        "Stages\nPhone screen\nREVEAL STAGE ID\nOn-site interview\nHIDE STAGE ID\n{s!copied}\nCOPY\n",
        [SITE],
        ["2: Expected an id"],
    ),
    Paste(
        "Windows' and old Macs' ends of lines",
        "Phone screen\t{p}\r\nOn-site interview\t{s}\rTrial shift\t{t}\r\n",
        [PHONE, SITE, TRIAL],
    ),
    Paste(
        "an arrow between name and id",
        "Phone screen -> {p}\nOn-site interview => {s}\nTrial shift \u2192 {t}\n",
        [PHONE, SITE, TRIAL],
    ),
    Paste(
        "a list of a program",
        '{\n  "Phone screen": "{p}",\n  "On-site interview": "{s}"\n}\n',
        [PHONE, SITE],
    ),
    Paste(
        "an id without a name",
        "Phone screen\t{p}\n\t{s}\nTrial shift\t{t}\n",
        [PHONE, TRIAL],
        ["2: Expected a name beside this id."],
    ),
    Paste(
        "a spreadsheet with headings, in which a row of its own names each workflow",
        "Stage\tStage ID\nDrivers\t\nPhone screen\t{p}\nSales\t\nTrial shift\t{t}\n",
        [OF_DRIVERS[0], ("Sales", "Trial shift", "{t}")],
    ),
    Paste(
        "a name without an id",
        "Stage\tStage ID\nPhone screen\t{p}\nOn-site interview\t\nTrial shift\t{t}\n",
        [PHONE, TRIAL],
        ["3: Expected an id for this stage"],
    ),
    Paste(
        "a line that stands there twice",
        "Phone screen\t{p}\nOn-site interview\t{s}\nPhone screen\t{p}\n",
        [PHONE, SITE],
        ["3: This id stands in the table twice."],
    ),
    Paste(
        "an id that lost its end",
        "Phone screen\t{p}\nOn-site interview\t0c023c34-27b7-4a50-9a1b-1e36a1d0a0\n",
        [PHONE],
        ["2: Expected"],
    ),
]
