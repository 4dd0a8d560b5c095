"""The module in which Django looks for an engine's connections."""

from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper

from .few import wait_for_place


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """One that threads share is nobody's own."""
        if not self.allow_thread_sharing:
            wait_for_place()
        return super().get_new_connection(conn_params)

    def chunked_cursor(self) -> CursorWrapper:
        """The server keeps a cursor within a transaction alone: after it, the pool may give another session."""
        return super().chunked_cursor() if self.in_atomic_block else self.cursor()
