"""Addresses in Lever's own app, to which the portal sends the customer's people."""

from urllib.parse import quote

from .configuration import configuration


def posting_page(external_id: str, region: str) -> str:
    """As links of recruiters show it [T]; European accounts have a host of their own [O]."""
    app_url = configuration().app_url
    if region == "eu":
        app_url = app_url.replace("//hire.lever.co", "//hire.eu.lever.co")
    return f"{app_url}/jobs/postings/edit/{quote(external_id, safe='')}"
