"""The desk of Customer Success: every tenant's health, and what can be done about it."""

from . import deliveries, problems, tenants

__all__ = ["deliveries", "problems", "tenants"]
