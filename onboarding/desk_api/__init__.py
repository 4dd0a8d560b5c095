"""The desk's figures as JSON, for dashboards: read-only, in the same document as the door of applications."""

from ninja import NinjaAPI

from . import figures, keys


def add_to(api: NinjaAPI) -> None:
    api.exception_handler(keys.UnknownKeyError)(figures.not_known)
    api.exception_handler(figures.NoSuchTenantError)(figures.not_there)
    api.add_router("", figures.router)
