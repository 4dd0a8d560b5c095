"""The checklist: its steps in their order, each a function of evidence."""

from . import authorize, feed, forms, go_live, policies, rehearsal, stages, webhooks
from .types import Step, StepState

STEPS: tuple[Step, ...] = (
    authorize.STEP,
    feed.STEP,
    webhooks.STEP,
    stages.STEP,
    policies.STEP,
    forms.STEP,
    rehearsal.STEP,
    go_live.STEP,
)
BY_KEY = {step.key: step for step in STEPS}

__all__ = ["BY_KEY", "STEPS", "Step", "StepState"]
