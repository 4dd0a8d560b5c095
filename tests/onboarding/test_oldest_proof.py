"""A step of several parts is proved for as long ago as the oldest of their proofs."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from integrations.models import FormCheck
from tenants.models import Tenant
from tests import factories

from .rows import told

pytestmark = pytest.mark.django_db


def links(tenant: Tenant, times: list[datetime]) -> None:
    for kind in ("privacy_policy", "terms"):
        factories.PolicyStatementFactory.create(tenant=tenant, kind=kind, is_needed=True)
    for kind, at in zip(("privacy_policy", "terms"), times, strict=True):
        factories.PolicyLinkFactory.create(tenant=tenant, kind=kind, checked_at=at, is_reachable=True)


def answers(tenant: Tenant, times: list[datetime]) -> None:
    for kind, at in zip(("privacy_policy", "terms"), times, strict=True):
        factories.PolicyStatementFactory.create(tenant=tenant, kind=kind, is_needed=False, stated_at=at)


def forms(tenant: Tenant, times: list[datetime]) -> None:
    factories.ConnectionFactory.create(tenant=tenant)
    for at in times:
        factories.FormCheckFactory.create(tenant=tenant, status=FormCheck.Status.SUPPORTED, checked_at=at)


def workflows(tenant: Tenant, times: list[datetime]) -> None:
    """Confirmed, and not to be looked for in the account."""
    for at in times:
        recorded(tenant, at, None)


def stages(tenant: Tenant, times: list[datetime]) -> None:
    """Confirmed long ago, and found in the account since."""
    factories.ConnectionFactory.create(tenant=tenant)
    for at in times:
        recorded(tenant, timezone.now() - timedelta(days=90), at)


def recorded(tenant: Tenant, confirmed_at: datetime, known_at: datetime | None) -> None:
    pipeline = factories.PipelineFactory.create(tenant=tenant, confirmed_at=confirmed_at)
    stage = factories.StageFactory.create(tenant=tenant, pipeline=pipeline, known_at=known_at)
    factories.StageMappingFactory.create(
        tenant=tenant, stage_external_id=stage.external_id, stage_name=stage.name
    )


@pytest.mark.parametrize("is_oldest_first", [True, False])
@pytest.mark.parametrize(
    ("step", "prove"),
    [
        ("policies", links),
        ("policies", answers),
        ("forms", forms),
        ("stages", workflows),
        ("stages", stages),
    ],
)
def test_it_is_as_old_as_its_oldest_proof(
    northwind: Tenant,
    step: str,
    prove: Callable[[Tenant, list[datetime]], None],
    is_oldest_first: bool,
) -> None:
    oldest, newest = timezone.now() - timedelta(days=9), timezone.now() - timedelta(days=2)
    prove(northwind, [oldest, newest] if is_oldest_first else [newest, oldest])
    state = told(northwind, step)
    assert (state.state, state.at) == ("done", oldest)
