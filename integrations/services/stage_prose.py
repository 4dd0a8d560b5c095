"""What surrounds a table of stages in an e-mail or on Lever's page, and names neither a stage nor a workflow."""

import re
from enum import StrEnum

LONGEST_NAME_IN_WORDS = 8
GREETING = re.compile(
    r"(hi|hello|hey|dear|good (morning|afternoon|evening)|hallo|moin|guten (morgen|tag|abend)|liebe[rs]?|servus"
    r"|sehr geehrte[rs]?)\b.{0,60}[,!]$",
    re.IGNORECASE,
)
FAREWELL = re.compile(
    r"--|((best|kind|warm|many) (regards|wishes|thanks)|regards|thanks( .{0,30})?|thank you.{0,30}|cheers|sincerely"
    r"|(viele|beste|liebe|schöne|freundliche) grü(ß|ss)e.{0,30}|mit (freundlichen|besten) grü(ß|ss)en|danke.{0,30}"
    r"|lg|vg|mfg)[,.!]?",
    re.IGNORECASE,
)
ANNOUNCEMENT = re.compile(
    r"(here|these|this|please|below|attached|find|as (discussed|agreed|promised)|our"
    r"|anbei|hier|hiermit|unten|im anhang|nachfolgend|wie (besprochen|vereinbart)|unsere?)\b.*[:.!,]$",
    re.IGNORECASE,
)
# The head of an e-mail, and the line that a mail program writes above what it quotes.
HEAD = re.compile(
    r"(from|to|cc|bcc|date|sent|subject|von|an|datum|gesendet|betreff)\s*:\s.*"
    r"|-{3,}.*\b(message|nachricht)\b.*-{3,}|(on|am)\b.*\b(wrote|schrieb)\b.*:",
    re.IGNORECASE,
)
SENTENCE = re.compile(r".*[.!?:,]")


class Prose(StrEnum):
    """`HIDDEN` is Lever's button where a stage's id is not shown, `REVEALED` what stands beside one that is."""

    OPENING = "opening"
    FAREWELL = "farewell"
    HIDDEN = "hidden"
    REVEALED = "revealed"


BUTTONS = {
    "reveal stage id": Prose.HIDDEN,
    **dict.fromkeys(("hide stage id", "copy", "copied", "kopieren", "stage id", "phasen-id"), Prose.REVEALED),
}


def prose_of(line: str) -> Prose | None:
    """Of a line that holds no id; None for what may be a name."""
    said = line.strip(" \t>")
    if button := BUTTONS.get(said.rstrip(":").lower()):
        return button
    if FAREWELL.fullmatch(said):
        return Prose.FAREWELL
    is_sentence = len(said.split()) > LONGEST_NAME_IN_WORDS and SENTENCE.fullmatch(said)
    if is_sentence or any(it.fullmatch(said) for it in (GREETING, ANNOUNCEMENT, HEAD)):
        return Prose.OPENING
    return None
