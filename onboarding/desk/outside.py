"""Pages of the provider that tell more of a problem than we know: its status, and what applicants see."""

from dataclasses import dataclass

from integrations.models import Feed
from integrations.providers import get_provider

# What comes of a provider that does not answer, or is not itself.
OF_STATUS = frozenset({"feed.unanswered", "forms.unreadable", "delivery.stuck", "webhook.given_up"})
OF_CAREERS = frozenset({"feed.large_drop"})


@dataclass(frozen=True, slots=True)
class Outside:
    title: str
    address: str


def outside_of(code: str, feed: Feed | None = None) -> Outside | None:
    provider = get_provider(feed.provider if feed else "lever")
    if code in OF_STATUS:
        return Outside(f"{provider.name}'s status page", provider.status_page)
    if code in OF_CAREERS and feed:
        return Outside("The careers page", provider.careers_page(feed.url))
    return None
