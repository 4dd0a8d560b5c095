"""An answer in the server's terms."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import IO

from asgiref.typing import ASGISendCallable

PIECE = 64 * 1024
Headers = Iterable[tuple[str, str]]


async def send_start(send: ASGISendCallable, status: int, headers: Headers) -> None:
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": encoded, "trailers": False})


async def send_piece(send: ASGISendCallable, piece: bytes, *, is_last: bool) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": not is_last})


async def send_whole(send: ASGISendCallable, body: IO[bytes]) -> None:
    """And close it."""
    with body:
        is_last = False
        while not is_last:
            piece = body.read(PIECE)
            is_last = len(piece) < PIECE
            await send_piece(send, piece, is_last=is_last)


async def send_bare(send: ASGISendCallable, status: HTTPStatus, headers: Headers = ()) -> None:
    await send_start(send, status, [("Content-Length", "0"), *headers])
    await send_piece(send, b"", is_last=True)
