"""gzip, inflated in small pieces and never further than allowed."""

import zlib
from collections.abc import Iterator

PIECE = 64 * 1024
RATIO = 100
# Below this a high ratio is harmless: a page of blanks is not an attack.
RATIO_MATTERS_FROM = 1024 * 1024


class InflationError(Exception):
    """The stream grows too large or too fast."""


class Inflater:
    def __init__(self, inflated_bytes: int) -> None:
        self._limit = inflated_bytes
        self._stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        self._taken = self._given = 0

    @property
    def is_complete(self) -> bool:
        return self._stream.eof

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Raises InflationError, and zlib.error for what is no gzip."""
        self._taken += len(piece)
        while piece:
            yield self._inflate(piece)
            piece = self._stream.unconsumed_tail

    def _inflate(self, piece: bytes) -> bytes:
        inflated = self._stream.decompress(piece, PIECE)
        self._given += len(inflated)
        if self._given > self._limit:
            raise InflationError(f"inflates to more than {self._limit} bytes")
        if self._given > max(RATIO_MATTERS_FROM, RATIO * self._taken):
            raise InflationError(f"inflates more than {RATIO} times")
        return inflated
