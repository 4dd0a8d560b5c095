"""What the sandbox can be told from outside: environment variables, and the flags of `python -m sandbox`."""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-secret"
    redirect_uris: tuple[str, ...] = ("http://127.0.0.1:8000/oauth/lever/callback/",)
    conversions_secret: str = "conversions-secret"
    # Factor on the gaps between webhook retries: 1 is the sandbox's guess at Lever's pace, 0 is at once.
    retry_scale: float = 1.0
    token_seconds: int = 3600
    account_folder: Path | None = None
    totp_secrets: tuple[tuple[str, str], ...] = ()


def settings_from(environ: Mapping[str, str] = os.environ) -> Settings:
    folder = environ.get("SANDBOX_ACCOUNT", "")
    return Settings(
        client_id=environ.get("SANDBOX_CLIENT_ID", Settings.client_id),
        client_secret=environ.get("SANDBOX_CLIENT_SECRET", Settings.client_secret),
        redirect_uris=comma_list(environ.get("SANDBOX_REDIRECT_URIS", "")) or Settings.redirect_uris,
        conversions_secret=environ.get("SANDBOX_CONVERSIONS_SECRET", Settings.conversions_secret),
        retry_scale=number(environ, "SANDBOX_RETRY_SCALE", Settings.retry_scale),
        token_seconds=int(number(environ, "SANDBOX_TOKEN_SECONDS", Settings.token_seconds)),
        account_folder=Path(folder) if folder else None,
        totp_secrets=totp_secrets(environ.get("SANDBOX_TOTP_SECRETS", "")),
    )


def comma_list(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


def number(environ: Mapping[str, str], name: str, default: float) -> float:
    text = environ.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        raise SystemExit(f"{name} must be a number, not {text!r}.") from None
    if value < 0:
        raise SystemExit(f"{name} must not be negative, but is {text}.")
    return value


def totp_secrets(text: str) -> tuple[tuple[str, str], ...]:
    """`email:BASE32` pairs, separated by commas."""
    pairs = []
    for item in comma_list(text):
        email, separator, secret = item.rpartition(":")
        if not separator:
            raise SystemExit(f"SANDBOX_TOTP_SECRETS wants email:BASE32 pairs; {item[:3]}… has no colon.")
        pairs.append((email.lower(), checked_secret(email, secret)))
    return tuple(pairs)


def checked_secret(email: str, secret: str) -> str:
    """In capitals, without the blanks and dashes that authenticator apps show it with."""
    plain = secret.replace(" ", "").replace("-", "").upper()
    try:
        base64.b32decode(plain + "=" * (-len(plain) % 8))
    except ValueError:
        raise SystemExit(f"SANDBOX_TOTP_SECRETS: the secret of {email} is not base 32.") from None
    return plain
