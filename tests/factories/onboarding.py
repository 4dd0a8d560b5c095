"""The set-up, and what is told about it."""

from datetime import timedelta

import factory
from django.utils import timezone

from onboarding.models import (
    Channel,
    Departure,
    DeskKey,
    Health,
    LiveRequest,
    Notice,
    PolicyLink,
    PolicyStatement,
    Problem,
    ProblemChange,
    Rehearsal,
    StepOverride,
    Told,
)

from .integrations import ApplicationFactory
from .tenants import OwnedFactory, UserFactory


class PolicyStatementFactory(OwnedFactory):
    class Meta:
        model = PolicyStatement

    kind = "terms"
    is_needed = False
    stated_at = factory.LazyFunction(timezone.now)


class PolicyLinkFactory(OwnedFactory):
    class Meta:
        model = PolicyLink

    kind = "privacy_policy"
    url = "https://acme.example/privacy"


class ProblemFactory(OwnedFactory):
    class Meta:
        model = Problem

    code = "feed.late"
    actor = Problem.Actor.STAFF
    since = factory.LazyFunction(timezone.now)
    last_seen_at = factory.LazyFunction(timezone.now)
    gone_at = factory.SelfAttribute("resolved_at")
    resolved_at = None


class ProblemChangeFactory(OwnedFactory):
    class Meta:
        model = ProblemChange

    problem = factory.SubFactory(ProblemFactory, tenant=factory.SelfAttribute("..tenant"))
    status = Problem.Status.OPEN


class HealthFactory(OwnedFactory):
    class Meta:
        model = Health


class DepartureFactory(OwnedFactory):
    class Meta:
        model = Departure

    status = Departure.Status.TAKEN_BACK


class RehearsalFactory(OwnedFactory):
    class Meta:
        model = Rehearsal

    application = factory.SubFactory(ApplicationFactory, tenant=factory.SelfAttribute("..tenant"))


class StepOverrideFactory(OwnedFactory):
    class Meta:
        model = StepOverride

    step = "forms"
    reason = "The two jobs are not advertised"
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=14))


class LiveRequestFactory(OwnedFactory):
    class Meta:
        model = LiveRequest

    asked_by = factory.SubFactory(UserFactory)


class NoticeFactory(OwnedFactory):
    class Meta:
        model = Notice

    user = factory.SubFactory(UserFactory)
    code = "feed.failed"
    opened_at = factory.LazyFunction(timezone.now)


class ChannelFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Channel

    user = factory.SubFactory(UserFactory, is_staff=True)
    kind = Channel.Kind.EMAIL


class ToldFactory(OwnedFactory):
    class Meta:
        model = Told

    channel = factory.SubFactory(ChannelFactory)
    problem = factory.SubFactory(ProblemFactory, tenant=factory.SelfAttribute("..tenant"))


class DeskKeyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DeskKey

    name = "The wall in the office"
    token_hash = factory.Sequence(lambda number: DeskKey.hash_of(f"token {number}"))
