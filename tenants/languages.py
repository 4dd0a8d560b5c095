"""The languages that the portal speaks."""

from django.conf import settings


def offered() -> list[tuple[str, str]]:
    """Code and own name of each; a function, so that another language changes no table."""
    return settings.LANGUAGES
