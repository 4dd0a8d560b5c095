"""The integration's rows at the desk."""

from . import applications, connections, conversions, feeds

__all__ = ["applications", "connections", "conversions", "feeds"]
