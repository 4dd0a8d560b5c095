"""What can be wrong with a tenant: its kinds, how it is found, the rows that tell of it, and what is said of them."""

from .decisions import acknowledge, resolve, snooze
from .kinds import KINDS, Kind, kind_of
from .ledger import (
    SAME_WITHIN,
    Told,
    diagnose,
    of_customer,
    of_others,
)
from .rounds import diagnose_by_id, ring_for_diagnoses

__all__ = [
    "KINDS",
    "SAME_WITHIN",
    "Kind",
    "Told",
    "acknowledge",
    "diagnose",
    "diagnose_by_id",
    "kind_of",
    "of_customer",
    "of_others",
    "resolve",
    "ring_for_diagnoses",
    "snooze",
]
