import hashlib
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class KeyHash(str):
    """A session's key as it lies in the column."""


def hash_of(session_key: str) -> KeyHash:
    if isinstance(session_key, KeyHash):
        return session_key
    return KeyHash(hashlib.sha256(session_key.encode()).hexdigest())


class HashedKeyField(models.CharField[str, str]):
    """Written and looked up by the key that the browser has; what the column holds lets nobody in."""

    def from_db_value(self, value: str, *_: object) -> str:
        return KeyHash(value)

    def get_prep_value(self, value: Any) -> Any:
        return value if value is None else hash_of(value)


class Session(AbstractBaseSession):
    """A signed-in browser, or one on its way there. With its person, so that theirs can be listed and ended."""

    session_key = HashedKeyField(primary_key=True, max_length=64)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="sessions"
    )

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from ..sessions import SessionStore  # which knows this model

        return SessionStore

    def get_decoded(self) -> dict[str, Any]:
        """What is in it is sealed for its own row."""
        return self.get_session_store_class()(self.session_key).decode(self.session_data)
