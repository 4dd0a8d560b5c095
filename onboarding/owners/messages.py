"""News as a message: what is new first, and the same of many tenants in one line. Like the desk, in English."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.conf import settings
from django.urls import reverse

from ..models import Problem
from ..problems.kinds import Kind, kind_of
from .news import News

NAMED = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One code at some tenants."""

    kind: Kind
    problems: Sequence[Problem]
    page: str

    @property
    def at(self) -> str:
        names = sorted({it.tenant.name for it in self.problems})
        shown = ", ".join(names[:NAMED])
        more = len(names) - NAMED
        return f"{shown} and {more} more" if more > 0 else shown

    @property
    def says(self) -> str:
        """Of one alone what it tells."""
        return self.problems[0].detail.english if len(self.problems) == 1 else ""


@dataclass(frozen=True, slots=True)
class Part:
    title: str
    lines: Sequence[Line]


def subject_of(news: News) -> str:
    worst = next(iter(parts_of(news))).lines[0]
    others = len(news.new) + len(news.repeated) + len(news.over) - len(worst.problems)
    more = f", and {others} more" if others else ""
    over = "" if news.new or news.repeated else "Over: "
    return f"{over}{worst.kind.title}: {worst.at}{more}"


def parts_of(news: News) -> list[Part]:
    found = (("New", news.new), ("Still there", news.repeated), ("Over", news.over))
    return [Part(title, list(_lines(rows))) for title, rows in found if rows]


def as_text(news: News) -> str:
    """As Slack and its like read it."""
    lines = [f"*{part.title}*\n" + "\n".join(map(_slack, part.lines)) for part in parts_of(news)]
    return "\n\n".join(lines)


def _lines(problems: Sequence[Problem]) -> Iterator[Line]:
    """The worst first."""
    ranked = sorted(problems, key=lambda it: (-kind_of(it.code).weight, it.code, it.since))
    for code, group in groupby(ranked, key=lambda it: it.code):
        rows = list(group)
        yield Line(kind_of(code), rows, settings.PUBLIC_URL + _page(code, rows))


def _page(code: str, rows: Sequence[Problem]) -> str:
    if len(rows) == 1:
        return reverse("admin:tenants_tenant_change", args=[rows[0].tenant_id])
    return f"{reverse('admin:onboarding_problem_changelist')}?code__exact={code}&open=yes"


def _slack(line: Line) -> str:
    """Their marks in a customer's name are none."""
    told = f"{line.kind.title}: {line.at}{f'. {line.says}' if line.says else ''}"
    escaped = told.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"• <{line.page}|{line.kind.actor.label}> {escaped}"
