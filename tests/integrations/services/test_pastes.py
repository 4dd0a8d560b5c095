"""Tables of stages as customers send them are understood as a person would."""

import pytest

from integrations.lever.stage_ids import clean_stage_id
from integrations.services.stage_tables import read_table

from .pastes import PASTES, Paste


@pytest.mark.parametrize("paste", PASTES, ids=lambda it: it.title)
def test_it_is_understood(paste: Paste) -> None:
    table = read_table(paste.pasted, clean_stage_id)
    assert [(row.workflow, row.name, row.external_id) for row in table.rows] == paste.understood
    told = [f"{it.number}: {it.message}" for it in table.problems]
    assert len(told) == len(paste.problems), told
    assert all(it.startswith(begin) for it, begin in zip(told, paste.problems, strict=True)), told
