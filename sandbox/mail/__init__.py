"""Mail that the portal sent, and the codes of its staff's authenticator apps."""

from sandbox.mail.pages import room

__all__ = ["room"]
