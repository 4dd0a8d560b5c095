"""The environment variables of a stack on one machine; `config/settings.py` reads them."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .ports import HOST, free_port, require_free

LEVER_CLIENT = {"LEVER_CLIENT_ID": "sandbox-client", "LEVER_CLIENT_SECRET": "sandbox-secret"}
CONVERSIONS_SECRET = "conversions-secret"
DEMO_STAFF = "carol@appcast.example"


@dataclass(frozen=True)
class Ports:
    web: int
    sandbox: int
    smtp: int

    @classmethod
    def free(cls) -> "Ports":
        return cls(web=free_port(), sandbox=free_port(), smtp=free_port())

    @classmethod
    def beside(cls, web: int) -> "Ports":
        """Those of a person's own stack: 8000, 9100 and 9125, or all of them moved."""
        return cls(web=web, sandbox=web + 1100, smtp=web + 1125)

    def require_free(self) -> None:
        """Raises StackError when another program listens on one of them."""
        for port in (self.web, self.sandbox, self.smtp):
            require_free(port, f"PORT={self.web + 1000}")

    def sandbox_options(self) -> list[str]:
        return ["--host", HOST, "--port", str(self.sandbox), "--smtp-port", str(self.smtp)]

    @property
    def portal_url(self) -> str:
        return f"http://{HOST}:{self.web}"

    @property
    def sandbox_url(self) -> str:
        return f"http://{HOST}:{self.sandbox}"


def stack_variables(
    kind: str, servers: Mapping[str, str], ports: Ports, own_secrets: Mapping[str, str], static: Path
) -> dict[str, str]:
    """`kind` is `development` or `test`."""
    return {
        **servers,
        **own_secrets,
        **LEVER_CLIENT,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENVIRONMENT": kind,
        "HOST": HOST,
        "PORT": str(ports.web),
        "PUBLIC_URL": ports.portal_url,
        "ALLOWED_HOSTS": f"{HOST},localhost",
        "EMAIL_URL": f"smtp://{HOST}:{ports.smtp}",
        "LEVER_AUTH_URL": ports.sandbox_url,
        "LEVER_API_URL": ports.sandbox_url,
        "LEVER_APP_URL": ports.sandbox_url,
        "LEVER_FEED_HOSTS": f"api.lever.co,api.eu.lever.co,{HOST}",
        "OUTGOING_TRUSTED_ORIGINS": ports.sandbox_url,
        "APPCAST_CONVERSIONS_URL": f"{ports.sandbox_url}/appcast/conversions",
        "APPCAST_CONVERSIONS_SECRET": CONVERSIONS_SECRET,
        "SANDBOX_CLIENT_ID": LEVER_CLIENT["LEVER_CLIENT_ID"],
        "SANDBOX_CLIENT_SECRET": LEVER_CLIENT["LEVER_CLIENT_SECRET"],
        "SANDBOX_REDIRECT_URIS": f"{ports.portal_url}/oauth/lever/callback/",
        "SANDBOX_CONVERSIONS_SECRET": CONVERSIONS_SECRET,
        "STATIC_ROOT": str(static),
    }


def production_variables(servers: Mapping[str, str], static: Path) -> dict[str, str]:
    """Shaped as production's are, for the deploy checks."""
    return {
        **servers,
        **new_secrets(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENVIRONMENT": "production",
        "PUBLIC_URL": "https://onboarding.appcast.example",
        "EMAIL_URL": "smtp+tls://user:password@mail.appcast.example:587",
        "LEVER_CLIENT_ID": "client",
        "LEVER_CLIENT_SECRET": secrets.token_hex(16),
        "APPCAST_CONVERSIONS_URL": "https://events.appcast.example/conversions",
        "APPCAST_CONVERSIONS_SECRET": secrets.token_hex(16),
        "STATIC_ROOT": str(static),
    }


def new_secrets() -> dict[str, str]:
    """The staff's one-time codes come from a secret that the sandbox's authenticator page knows too."""
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    one_time_codes = base64.b32encode(secrets.token_bytes(20)).decode()
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "SEALING_KEYS": f"laptop:{key}",
        "SANDBOX_TOTP_SECRETS": f"{DEMO_STAFF}:{one_time_codes}",
    }


def kept_secrets(home: Path) -> dict[str, str]:
    """Made once: what was sealed and signed before the last stop must still be readable."""
    place = home / "secrets.json"
    if not place.exists():
        unfinished = place.with_suffix(".unfinished")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(new_secrets(), indent=2))
        unfinished.rename(place)
    kept: dict[str, str] = json.loads(place.read_text())
    return kept
