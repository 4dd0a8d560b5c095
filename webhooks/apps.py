from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"

    def ready(self) -> None:
        from integrations.signals import application_named

        from . import parking

        application_named.connect(parking.wake_named)
