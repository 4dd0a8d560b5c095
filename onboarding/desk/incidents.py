"""Fleet or tenant? The same problem that began at many tenants within a short time is one incident."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Q
from django.urls import reverse

from tenants.phrases import PhraseField

from ..models import Problem
from ..problems.kinds import Kind, kind_of
from .outside import Outside, outside_of

FEWEST_TENANTS = 5
# A wave goes on as long as the next tenant has it within this time.
APART = timedelta(minutes=15)
# What has gone on for longer is the next wave: of a code that is common, one begins somewhere every few minutes.
LONGEST = timedelta(hours=2)
SHOWN = 10
# Of what nobody has taken up, each code's waves one after the other; what most of them say stands for all, where
# they do not all say their own.
WAVES = """
    WITH beginnings AS (
        SELECT code, tenant_id, since, detail, id,
               since - lag(since) OVER (PARTITION BY code ORDER BY since, id)
                   > make_interval(secs => %(apart)s) AS is_first
        FROM {problem} WHERE resolved_at IS NULL AND status = 'open'
    ), numbered AS (
        SELECT *, count(*) FILTER (WHERE is_first) OVER (PARTITION BY code ORDER BY since, id) AS wave
        FROM beginnings
    ), cut AS (
        SELECT *, date_bin(make_interval(secs => %(longest)s), since, min(since) OVER (PARTITION BY code, wave)) AS part
        FROM numbered
    )
    SELECT code, min(since), max(since), count(DISTINCT tenant_id), count(*), mode() WITHIN GROUP (ORDER BY detail),
           count(DISTINCT detail) <= count(*) / 2
    FROM cut GROUP BY code, wave, part HAVING count(DISTINCT tenant_id) >= %(fewest)s
    ORDER BY 4 DESC, 2 LIMIT %(shown)s
"""
BOUNDS = {
    "apart": APART.total_seconds(),
    "longest": LONGEST.total_seconds(),
    "fewest": FEWEST_TENANTS,
    "shown": SHOWN,
}


@dataclass(frozen=True, slots=True)
class Incident:
    kind: Kind
    code: str
    since: datetime
    last_began_at: datetime
    tenants: int
    rows: int
    says: str

    @property
    def problems(self) -> Q:
        return Q(code=self.code, since__gte=self.since, since__lte=self.last_began_at)

    @property
    def outside(self) -> Outside | None:
        return outside_of(self.code)

    @property
    def page(self) -> str:
        """The list of its rows."""
        within = {"since__gte": self.since.isoformat(), "since__lte": self.last_began_at.isoformat()}
        asked = {"code__exact": self.code, "status__exact": Problem.Status.OPEN.value, **within}
        return f"{reverse('admin:onboarding_problem_changelist')}?{urlencode(asked)}"


def incidents() -> Sequence[Incident]:
    """Across tenants, the worst first."""
    statement = WAVES.format(problem=connection.ops.quote_name(Problem._meta.db_table))
    with connection.cursor() as cursor:
        cursor.execute(statement, BOUNDS)
        found = [
            Incident(kind_of(code), code, since, last, tenants, rows, _says(detail) if is_shared else "")
            for code, since, last, tenants, rows, detail, is_shared in cursor.fetchall()
        ]
    return sorted(found, key=lambda it: (-it.kind.weight, -it.tenants, it.since))


def _says(detail: str) -> str:
    """Nothing where it is a count, which each tenant has of its own."""
    said = PhraseField().from_db_value(detail)
    return "" if "count" in said.values else said.english


def apart_from(found: Sequence[Incident]) -> Q:
    """Problems that are a tenant's own."""
    own = Q(resolved_at=None)
    for it in found:
        own &= ~it.problems
    return own
