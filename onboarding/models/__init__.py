from .leaving import Departure
from .notices import Notice
from .policies import PolicyLink, PolicyStatement
from .problems import Problem
from .progress import LiveRequest, Rehearsal, StepOverride

__all__ = [
    "Departure",
    "LiveRequest",
    "Notice",
    "PolicyLink",
    "PolicyStatement",
    "Problem",
    "Rehearsal",
    "StepOverride",
]
