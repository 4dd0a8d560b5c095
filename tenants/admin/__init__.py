"""People and the audit trail at the desk."""

from . import audit, people

__all__ = ["audit", "people"]
