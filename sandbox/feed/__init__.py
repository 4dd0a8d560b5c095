"""Lever's public postings feed, v0."""

from sandbox.feed.routes import room

__all__ = ["room"]
