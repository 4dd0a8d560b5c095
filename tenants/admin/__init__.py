"""People and the audit trail at the desk."""

from . import audit, people, second_factors

__all__ = ["audit", "people", "second_factors"]
