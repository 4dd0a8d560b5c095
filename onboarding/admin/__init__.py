"""The desk of Customer Success: every tenant's health, and what can be done about it."""

from . import problems, tenants

__all__ = ["problems", "tenants"]
