from .channels import Channel, Told
from .health import FleetDay, Health, Pulse
from .keys import DeskKey
from .leaving import Departure
from .notices import Notice
from .policies import PolicyLink, PolicyStatement
from .problems import Problem, ProblemChange
from .progress import LiveRequest, Rehearsal, StepOverride

__all__ = [
    "Channel",
    "Departure",
    "DeskKey",
    "FleetDay",
    "Health",
    "LiveRequest",
    "Notice",
    "PolicyLink",
    "PolicyStatement",
    "Problem",
    "ProblemChange",
    "Pulse",
    "Rehearsal",
    "StepOverride",
    "Told",
]
