"""What a recruiter changes on a posting. The caller holds the world's lock."""

from sandbox.seed.forms import unsupported_question_set
from sandbox.world.ids import now_ms
from sandbox.world.posting import Posting, State


def set_unsupported_question(posting: Posting, is_wanted: bool) -> None:
    """Adds or removes a University Picker, which Appcast Apply cannot take."""
    added = unsupported_question_set(posting.id)
    others = [it for it in posting.form["customQuestions"] if it["id"] != added["id"]]
    posting.form["customQuestions"] = [*others, added] if is_wanted else others
    posting.updated_at = now_ms()


def set_state(posting: Posting, state: State) -> None:
    posting.state = state
    posting.updated_at = now_ms()
