"""The integration's rows at the desk."""

from . import applications, connections, conversions, deliveries, feeds

__all__ = ["applications", "connections", "conversions", "deliveries", "feeds"]
