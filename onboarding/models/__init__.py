from .notices import Notice
from .policies import PolicyLink, PolicyStatement
from .problems import Problem
from .progress import LiveRequest, Rehearsal, StepOverride

__all__ = [
    "LiveRequest",
    "Notice",
    "PolicyLink",
    "PolicyStatement",
    "Problem",
    "Rehearsal",
    "StepOverride",
]
