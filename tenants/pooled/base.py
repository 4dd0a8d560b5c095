"""The module in which Django looks for an engine's connections."""

from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper


class DatabaseWrapper(base.DatabaseWrapper):
    def chunked_cursor(self) -> CursorWrapper:
        """The server keeps a cursor within a transaction alone: after it, the pool may give another session."""
        return super().chunked_cursor() if self.in_atomic_block else self.cursor()
