"""A passkey in software: what a phone or a security key answers to a page."""

import hashlib
import json
import os
import struct
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256

ORIGIN = "http://testserver"
PRESENT_AND_VERIFIED, WITH_KEY = 0x05, 0x40


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class Passkey:
    """Of one person at one site."""

    def __init__(self, site: str = "testserver") -> None:
        self.id = os.urandom(16)
        self.owner = ""
        self._site = hashlib.sha256(site.encode()).digest()
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._count = 0

    def registers(self, options: Any) -> str:
        options = options["publicKey"]
        self.owner = options["user"]["id"]
        public: Any = ES256
        key = cbor.encode(dict(public.from_cryptography_key(self._key.public_key())))
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + key
        data = self._data(PRESENT_AND_VERIFIED | WITH_KEY) + attested
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"])
        return self._answer(client, attestationObject=encoded(attestation))

    def signs(self, options: Any, *, origin: str = ORIGIN, owner: str = "") -> str:
        client = self._client("webauthn.get", options["publicKey"]["challenge"], origin)
        data = self._data(PRESENT_AND_VERIFIED)
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            client,
            authenticatorData=encoded(data),
            signature=encoded(signature),
            userHandle=owner or self.owner,
        )

    def _data(self, flags: int) -> bytes:
        self._count += 1
        return self._site + struct.pack(">BI", flags, self._count)

    def _client(self, kind: str, challenge: str, origin: str = ORIGIN) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin}).encode()

    def _answer(self, client: bytes, **response: str) -> str:
        credential = {
            "type": "public-key",
            "id": encoded(self.id),
            "rawId": encoded(self.id),
            "clientExtensionResults": {"credProps": {"rk": True}},
            "response": {"clientDataJSON": encoded(client), **response},
        }
        return json.dumps(credential)
