"""What a recruiter changes on a posting. The caller holds the world's lock."""

from typing import Any

from sandbox.seed.forms import unsupported_question_set
from sandbox.world.ids import now_ms
from sandbox.world.posting import UNSUPPORTED_TYPES, Posting, State


def set_unsupported_question(posting: Posting, is_wanted: bool) -> None:
    """Adds a University Picker, or removes every question that Appcast Apply cannot take."""
    sets = [without_unsupported(it) for it in posting.form["customQuestions"]]
    supported = [it for it in sets if it["fields"]]
    added = unsupported_question_set(posting.id)
    posting.form["customQuestions"] = [*supported, added] if is_wanted else supported
    posting.updated_at = now_ms()


def without_unsupported(question_set: dict[str, Any]) -> dict[str, Any]:
    return question_set | {
        "fields": [it for it in question_set["fields"] if it["type"] not in UNSUPPORTED_TYPES]
    }


def set_state(posting: Posting, state: State) -> None:
    posting.state = state
    posting.updated_at = now_ms()
