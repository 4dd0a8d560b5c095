"""Addresses of Lever's own pages, to which the portal sends the customer's people and staff."""

import re
from urllib.parse import quote

from .configuration import configuration

STATUS_PAGE = "https://status.lever.co"


def posting_page(external_id: str, region: str) -> str:
    """As links of recruiters show it [T]."""
    return f"{_app_url(region)}/jobs/postings/edit/{quote(external_id, safe='')}"


def candidate_page(external_id: str, region: str) -> str:
    """As `urls.show` of an opportunity tells it [O]."""
    return f"{_app_url(region)}/candidates/{quote(external_id, safe='')}"


def careers_page(feed_url: str) -> str:
    """Each region has a host for it beside the API's [O]; a stand-in shows it at the address of the feed."""
    address = feed_url.partition("?")[0]
    return re.sub(r"^https://api\.((?:eu\.)?lever\.co)/v0/postings/", r"https://jobs.\1/", address)


def _app_url(region: str) -> str:
    """European accounts have a host of their own [O]."""
    app_url = configuration().app_url
    return app_url.replace("//hire.lever.co", "//hire.eu.lever.co") if region == "eu" else app_url
