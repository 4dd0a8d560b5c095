from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    name = "onboarding"

    def ready(self) -> None:
        from tenants import offers

        from .steps import STEPS

        offers.know(STEPS)
