"""What an administrator changes under Settings > Pipeline."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from sandbox.control.accounts import stage_row
from sandbox.control.requests import ACCOUNT, Routes, account_or_404, body, text
from sandbox.world import world
from sandbox.world.account import Account
from sandbox.world.recruiting import NotPossible


def remove_stage(key: str) -> ResponseReturnValue:
    """Out of every workflow; `stage` by id or name."""
    account, wanted = account_or_404(key), text(body(), "stage")
    with world.lock:
        stage = account.pipeline.stage(wanted)
        if stage is None:
            raise NotPossible(f"{key} has no stage {wanted!r}.")
        # What Lever does with the candidates who stand there is not known.
        if any(it.stage_id == stage.id for it in account.opportunities.values()):
            raise NotPossible(f"Candidates stand in {stage.text}.")
        account.whole_pipeline = account.whole_pipeline or account.pipeline
        account.pipeline = account.pipeline.without(stage)
    return stages(account)


def restore_stages(key: str) -> ResponseReturnValue:
    """All that were removed, with their ids."""
    account = account_or_404(key)
    with world.lock:
        account.pipeline = account.whole_pipeline or account.pipeline
        account.whole_pipeline = None
    return stages(account)


routes: Routes = [
    ("POST", f"{ACCOUNT}/stages/remove", remove_stage),
    ("POST", f"{ACCOUNT}/stages/restore", restore_stages),
]


def stages(account: Account) -> ResponseReturnValue:
    return jsonify(stages=[stage_row(it) for it in account.pipeline.stages])
