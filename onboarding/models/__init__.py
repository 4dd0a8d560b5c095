from .policies import PolicyLink, PolicyStatement
from .problems import Problem
from .progress import Rehearsal, StepOverride

__all__ = ["PolicyLink", "PolicyStatement", "Problem", "Rehearsal", "StepOverride"]
