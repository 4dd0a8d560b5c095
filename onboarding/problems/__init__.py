"""What can be wrong with a tenant: its kinds, how it is found, and the rows that tell of it."""

from .kinds import KINDS, Kind
from .ledger import (
    Told,
    acknowledge,
    diagnose,
    diagnose_by_id,
    of_customer,
    of_others,
    ring_for_diagnoses,
    snooze,
)

__all__ = [
    "KINDS",
    "Kind",
    "Told",
    "acknowledge",
    "diagnose",
    "diagnose_by_id",
    "of_customer",
    "of_others",
    "ring_for_diagnoses",
    "snooze",
]
