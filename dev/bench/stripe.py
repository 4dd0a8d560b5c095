"""dj-stripe as a peer of the intake: its own database in the same PostgreSQL, and Stripe's deliveries to it."""

import hashlib
import hmac
import json
import secrets
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

from ..ports import HOST, free_port
from ..postgres import SUPERUSER
from ..stack import COMMAND_SECONDS, Stack, is_answered
from .deliveries import Delivery

DATABASE = "peer"
# The portal's server with as many processes, and with its interface for what is not asynchronous.
SERVER = (
    "exec granian dev.bench.peer.wsgi:application --interface wsgi --http 1 --no-ws --host $HOST --port $PORT"
    " --workers ${WEB_CONCURRENCY:-1} --blocking-threads 256"
)
SECRET = "whsec_" + secrets.token_hex(16)
BODY_BYTES = 1024
PREPARED = """
from djstripe.models import WebhookEndpoint
WebhookEndpoint.objects.create(
    id="we_bench", livemode=False, enabled_events=["*"], secret="{}", url="https://bench.example/",
    status="enabled", djstripe_uuid="{}", djstripe_validation_method="verify_signature",
)
"""


@dataclass(frozen=True, slots=True)
class Endpoint:
    url: str

    def deliveries(self, count: int) -> list[Delivery]:
        return [self._delivery() for _ in range(count)]

    def _delivery(self) -> Delivery:
        body = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "livemode": False,
            "type": "ping",
            "data": {},
        }
        text = json.dumps({**body, "padding": "x" * (BODY_BYTES - len(json.dumps(body)) - 15)}).encode()
        at = int(time.time())
        signature = hmac.new(SECRET.encode(), f"{at}.".encode() + text, hashlib.sha256).hexdigest()
        return Delivery(self.url, text, {"Stripe-Signature": f"t={at},v1={signature}"})


@contextmanager
def running_peer(stack: Stack, database: psycopg.Connection) -> Iterator[Endpoint]:
    """`database` is the superuser's connection: the peer has its own on the same server."""
    database.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    key, port = uuid.uuid4(), free_port()
    variables = {
        **stack.variables,
        "DJANGO_SETTINGS_MODULE": "dev.bench.peer.settings",
        "PEER_DATABASE": DATABASE,
        "PEER_USER": SUPERUSER,
        "PEER_HOST": database.info.host,
        "PORT": str(port),
    }
    with Stack(stack.ports, variables, is_quiet=True) as peer:
        for arguments in (["migrate", "--verbosity", "0"], ["shell", "-c", PREPARED.format(SECRET, key)]):
            peer.start("peer", ["python", "-m", "django", *arguments]).wait_for_success(COMMAND_SECONDS)
        web = peer.start("peer", ["sh", "-c", SERVER])
        web.wait_until(lambda: is_answered(f"http://{HOST}:{port}/up"))
        yield Endpoint(f"http://{HOST}:{port}/stripe/webhook/{key}/")
