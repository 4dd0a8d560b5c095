"""The desk of Customer Success: every tenant's health, and what can be done about it."""

from . import channels, deliveries, keys, problems, tenants

__all__ = ["channels", "deliveries", "keys", "problems", "tenants"]
