"""What leaves for the ATS, as anybody may read it: which questions are answered, and what kind of files go along.

Never a value, nor a file's name, which mostly is a person's. Demographic questions are not even counted: whether
somebody answered them is theirs alone.
"""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import PurePath

from pydantic import TypeAdapter

from ..types import ApplicationForm, File, JsonObject, Question

FORM = TypeAdapter(ApplicationForm)
MOST_NAMED, LONGEST_NAME = 100, 120


def of(form: ApplicationForm, answered: Sequence[Question], files: Sequence[File]) -> JsonObject:
    """`form` tells two readings of a changed form apart."""
    by_question = {file.question_external_id: file for file in files}
    return {
        "form": sha256(FORM.dump_json(form)).hexdigest()[:12],
        "answers": len(answered),
        "questions": [_name(it) for it in answered[:MOST_NAMED] if it.external_id not in by_question],
        "files": [_file(it, by_question[it.external_id]) for it in answered if it.external_id in by_question],
    }


def _file(question: Question, file: File) -> JsonObject:
    kind = PurePath(file.file_name).suffix.removeprefix(".").upper()
    return {"question": _name(question), "kind": kind, "size_bytes": len(file.data)}


def _name(question: Question) -> str:
    return question.text[:LONGEST_NAME]
