from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"

    def ready(self) -> None:
        from integrations.signals import application_erased, application_named

        from . import erasing, parking

        application_named.connect(parking.wake_named)
        application_erased.connect(erasing.empty_bodies)
