"""Addresses in Lever's own app, to which the portal sends the customer's people."""

from urllib.parse import quote

from .configuration import configuration


def posting_page(external_id: str, region: str) -> str:
    """As links of recruiters show it [T]."""
    return f"{_app_url(region)}/jobs/postings/edit/{quote(external_id, safe='')}"


def candidate_page(external_id: str, region: str) -> str:
    """As `urls.show` of an opportunity tells it [O]."""
    return f"{_app_url(region)}/candidates/{quote(external_id, safe='')}"


def _app_url(region: str) -> str:
    """European accounts have a host of their own [O]."""
    app_url = configuration().app_url
    return app_url.replace("//hire.lever.co", "//hire.eu.lever.co") if region == "eu" else app_url
