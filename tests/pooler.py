"""What PgBouncer does in transaction mode: many clients share a few sessions, each transaction on whichever is free.

Enough of PostgreSQL's protocol for psycopg's ordinary queries; no COPY, no named statements, no cancelling.
"""

import socket
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue

PORT = 5432
PROTOCOL = 196608
READY, IDLE = b"Z", b"I"
ENDS_WITH_AN_ANSWER = (b"Q", b"S")


class Gone(Exception):
    """The other side has closed."""


@contextmanager
def pooling(server: str, user: str, database: str, sessions: int) -> Iterator[str]:
    """The folder of a socket at which the pool is reached as PostgreSQL itself."""
    with tempfile.TemporaryDirectory(prefix="pooler-", dir="/tmp") as folder:
        pool = Pool(server, user, database, sessions)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"{folder}/.s.PGSQL.{PORT}")
            listener.listen(100)
            threading.Thread(target=pool.serve, args=(listener,), daemon=True).start()
            yield folder
        pool.close()


class Session:
    """One of PostgreSQL's; `greeting` is what it says before it is ready."""

    def __init__(self, server: str, user: str, database: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(f"{server}/.s.PGSQL.{PORT}")
        words = ("user", user, "database", database, "client_encoding", "UTF8")
        body = struct.pack("!i", PROTOCOL) + b"\0".join(it.encode() for it in words) + b"\0\0"
        self.socket.sendall(struct.pack("!i", len(body) + 4) + body)
        self.greeting = b""
        while True:
            frame = frame_from(self.socket)
            self.greeting += frame
            if frame[:1] == READY:
                return


class Pool:
    def __init__(self, server: str, user: str, database: str, sessions: int) -> None:
        self._of = (server, user, database)
        self._free: SimpleQueue[Session] = SimpleQueue()
        self._all = [Session(*self._of) for _ in range(sessions)]
        for it in self._all:
            self._free.put(it)

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._attend, args=(client,), daemon=True).start()

    def close(self) -> None:
        for it in self._all:
            it.socket.close()

    def _attend(self, client: socket.socket) -> None:
        with client, suppress(Gone, OSError):
            exactly(client, struct.unpack("!i", exactly(client, 4))[0] - 4)
            client.sendall(self._all[0].greeting)
            while self._one_transaction(client):
                pass

    def _one_transaction(self, client: socket.socket) -> bool:
        frame = frame_from(client)
        if frame[:1] == b"X":
            return False
        session = self._free.get()
        try:
            while not self._is_over(session, client, frame):
                frame = frame_from(client)
        except (Gone, OSError):
            # Whoever went in the middle leaves a session that nobody may get.
            session.socket.close()
            session = Session(*self._of)
            self._all.append(session)
            raise
        finally:
            self._free.put(session)
        return True

    def _is_over(self, session: Session, client: socket.socket, frame: bytes) -> bool:
        session.socket.sendall(frame)
        if frame[:1] not in ENDS_WITH_AN_ANSWER:
            return False
        while True:
            answer = frame_from(session.socket)
            client.sendall(answer)
            if answer[:1] == READY:
                return answer[5:6] == IDLE


def frame_from(sock: socket.socket) -> bytes:
    head = exactly(sock, 5)
    return head + exactly(sock, struct.unpack("!i", head[1:])[0] - 4)


def exactly(sock: socket.socket, size: int) -> bytes:
    pieces = b""
    while len(pieces) < size:
        piece = sock.recv(size - len(pieces))
        if not piece:
            raise Gone
        pieces += piece
    return pieces
