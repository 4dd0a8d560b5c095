from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    name = "onboarding"

    def ready(self) -> None:
        from tenants import offers
        from webhooks.api import document

        from . import desk_api
        from .steps import STEPS

        offers.know(STEPS)
        document.additions.append(desk_api.add_to)
