"""Stage ids as people paste them."""

import re
import unicodedata

DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
WRAPPING = "\"'`“”‘’<>[](){},;:."  # noqa: RUF001 - as pasted


def clean_stage_id(pasted: str) -> str:
    """Lever's page and mail programs put blanks around dashes, and turn dashes into longer ones.

    Ids are UUIDs, which have one spelling here, or Lever's own words such as `applicant-new`, kept as they
    are.
    """
    with_plain_dashes = DASHES.sub("-", pasted)
    visible = (character for character in with_plain_dashes if not _is_blank(character))
    stage_id = "".join(visible).strip(WRAPPING)
    return stage_id.lower() if UUID.fullmatch(stage_id) else stage_id


def _is_blank(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in {"Cf", "Cc"}
