"""What Lever will tell: moves of candidates in an order that makes no sense, some of them told twice."""

import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from .customers import STAGE_CHANGE, Candidate

REPEATED = 0.1
# Of the moves of a candidate, one in so many shares its millisecond with the one before.
TIED = 10
LASTED_MS = 3600 * 1000


@dataclass(frozen=True, slots=True)
class Move:
    candidate: Candidate
    stage: str
    at: int
    token: str

    @property
    def key(self) -> str:
        """What the portal knows the event by: the hash of what is signed."""
        return hashlib.sha256(self._signed).hexdigest()

    @property
    def body(self) -> bytes:
        signature = hmac.digest(self.candidate.token.encode(), self._signed, "sha256").hex()
        data = {"opportunityId": self.candidate.opportunity_id, "toStageId": self.stage}
        body = {"triggeredAt": self.at, "event": STAGE_CHANGE, "data": data, "signature": signature}
        return json.dumps({**body, "token": self.token}, separators=(",", ":")).encode()

    @property
    def _signed(self) -> bytes:
        return f"{self.token}{self.at}".encode()


@dataclass(frozen=True, slots=True)
class Delivery:
    url: str
    key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """`deliveries` tell each of the moves once or, one in ten, twice."""

    moves: Sequence[Move]
    deliveries: Sequence[Delivery]

    def last_stages(self) -> dict[str, str]:
        """By application: of two moves in one millisecond the one of the greater key is the later."""
        last: dict[str, Move] = {}
        for move in sorted(self.moves, key=lambda it: (it.at, it.key)):
            last[move.candidate.application_id] = move
        return {application: move.stage for application, move in last.items()}


def plan_of(candidates: Sequence[Candidate], count: int, chance: Random) -> Plan:
    repeated = int(count * REPEATED)
    moves = [_move(candidates, number, count, chance) for number in range(count - repeated)]
    once = [Delivery(it.candidate.url, it.key, it.body) for it in moves]
    deliveries = once + chance.sample(once, repeated)
    chance.shuffle(deliveries)
    return Plan(moves, deliveries)


def _move(candidates: Sequence[Candidate], number: int, count: int, chance: Random) -> Move:
    """The candidates in turn, within the last hour."""
    candidate, turn = candidates[number % len(candidates)], number // len(candidates)
    turn -= turn % TIED == TIED - 1
    pitch = LASTED_MS * len(candidates) // count
    begin = int(time.time() * 1000) // LASTED_MS * LASTED_MS - LASTED_MS
    return Move(candidate, chance.choice(candidate.stages), begin + turn * pitch, chance.randbytes(24).hex())
