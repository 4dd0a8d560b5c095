from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TenantsConfig(AppConfig):
    name = "tenants"

    def ready(self) -> None:
        from . import checks, sessions  # noqa: F401  checks and receivers register themselves
        from .roles import grant_to_portal

        post_migrate.connect(grant_to_portal, sender=self)
