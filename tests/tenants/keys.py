"""Keys as SEALING_KEYS holds them."""

import base64
import os


def new_key(key_id: str, size: int = 32) -> str:
    return f"{key_id}:{base64.urlsafe_b64encode(os.urandom(size)).decode()}"
