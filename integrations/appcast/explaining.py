"""What pydantic found, in words for the sender: expected and received, never the value itself."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ..types import FieldProblem

EXPECTED = {
    "string_type": ("text_expected", "text"),
    "string_too_short": ("text_missing", "text"),
    "string_too_long": ("text_too_long", "at most {max_length} characters"),
    "bool_type": ("boolean_expected", "true or false"),
    "list_type": ("list_expected", "a list"),
    "dict_type": ("object_expected", "an object"),
    "model_type": ("object_expected", "an object"),
    "too_long": ("too_many", "at most {max_length} entries"),
    "enum": ("option_unknown", "one of {expected}"),
    "int_parsing": ("number_expected", "a whole number"),
    "greater_than_equal": ("out_of_range", "at least {ge}"),
    "less_than_equal": ("out_of_range", "at most {le}"),
    "string_pattern_mismatch": ("text_malformed", "text without control characters"),
    "literal_error": ("option_unknown", "one of {expected}"),
    "uuid_type": ("uuid_expected", "a UUID"),
    "uuid_parsing": ("uuid_expected", "a UUID"),
}


def missing_keys(error: ValidationError) -> tuple[str, ...]:
    return tuple(_path(detail) for detail in _details(error) if detail["type"] == "missing")


def problems(error: ValidationError) -> tuple[FieldProblem, ...]:
    """One for each field, in the body's order."""
    found = [_problem(detail) for detail in _details(error)]
    return tuple({problem.field: problem for problem in reversed(found)}.values())[::-1]


def _details(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False)


def _problem(detail: ErrorDetails) -> FieldProblem:
    code, expected = EXPECTED.get(detail["type"], (detail["type"], detail["msg"]))
    expected = expected.format(**detail.get("ctx", {})) if detail["type"] in EXPECTED else expected
    message = f"Expected {expected}; received {received(detail['input'])}."
    return FieldProblem(_path(detail), code, message)


def _path(detail: ErrorDetails) -> str:
    """Dotted. The keys of `links` are the applicant's, so the path ends before them; so do tags of a union."""
    kept: list[str] = []
    for step in detail["loc"]:
        kept.append(str(step))
        if step in ("links", "value"):
            break
    return ".".join(kept)


def received(value: object) -> str:
    """The kind and size of a JSON value."""
    if isinstance(value, str):
        return f"text of length {len(value)}"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return "an object"
    return "nothing" if value is None else "a number"
