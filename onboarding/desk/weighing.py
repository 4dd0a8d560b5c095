"""What a problem weighs, where the database has to sort by it."""

from collections import defaultdict

from django.db.models import Case, IntegerField, Value, When

from ..problems.kinds import KINDS


def problem_weight() -> Case:
    codes: dict[int, list[str]] = defaultdict(list)
    for code, kind in KINDS.items():
        codes[kind.weight].append(code)
    return Case(
        *(When(code__in=it, then=Value(weight)) for weight, it in codes.items()),
        default=Value(0),
        output_field=IntegerField(),
    )
