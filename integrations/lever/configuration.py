"""What the settings say about Lever, read in this one place."""

from dataclasses import dataclass, field

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Configuration:
    """URLs come without a slash at the end, `feed_hosts` are host names, `trusted_origins` whole origins.

    `audience` ends in a slash: without it Lever's consent page shows nothing but `offline_access`.
    """

    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...]
    auth_url: str
    api_url: str
    audience: str
    app_url: str
    feed_hosts: tuple[str, ...]
    trusted_origins: tuple[str, ...]


def configuration() -> Configuration:
    return Configuration(
        client_id=settings.LEVER_CLIENT_ID,
        client_secret=settings.LEVER_CLIENT_SECRET,
        scopes=tuple(settings.LEVER_SCOPES),
        auth_url=settings.LEVER_AUTH_URL.rstrip("/"),
        api_url=settings.LEVER_API_URL.rstrip("/"),
        audience=settings.LEVER_AUDIENCE,
        app_url=settings.LEVER_APP_URL.rstrip("/"),
        feed_hosts=tuple(settings.LEVER_FEED_HOSTS),
        trusted_origins=tuple(settings.OUTGOING_TRUSTED_ORIGINS),
    )
