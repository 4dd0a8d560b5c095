"""The XML feed in both spellings that the contract has evidence for; the genuine one is not settled."""

import re
from collections.abc import Iterable
from typing import Any

from lxml import etree

from sandbox.feed.wire import description_of
from sandbox.world.account import Account
from sandbox.world.posting import Posting

# What people paste into a posting may hold characters that no XML can.
NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def feed_xml(account: Account, postings: Iterable[Posting]) -> bytes:
    root = etree.Element("jobs")
    for posting in postings:
        elements = snake(account, posting) if account.feed_style == "snake" else camel(posting)
        add(etree.SubElement(root, "job"), elements)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def snake(account: Account, posting: Posting) -> dict[str, Any]:
    """E1 of the contract: flat, the names that an importer of a customer's feed reads."""
    return {
        "id": posting.id,
        "employer": account.name,
        "position": posting.text,
        "category": posting.department or posting.team or "",
        "location": posting.location,
        "commitment": posting.commitment or "",
        "description": whole_description(posting),
        "post_date": str(posting.created_at),
        "apply_url": posting.apply_url,
    } | salary(posting)


def camel(posting: Posting) -> dict[str, Any]:
    """E3 and E5: nested categories, the names of the JSON feed."""
    names = ("location", "team", "department", "commitment")
    return {
        "id": posting.id,
        "position": posting.text,
        "description": whole_description(posting),
        "categories": {name: getattr(posting, name) or "" for name in names},
        "hostedUrl": posting.hosted_url,
        "applyUrl": posting.apply_url,
        "createdAt": str(posting.created_at),
    } | salary(posting)


def salary(posting: Posting) -> dict[str, str]:
    """A string in XML, unlike in JSON."""
    pay = posting.salary_range
    if not pay:
        return {}
    return {"salaryRange": f"{pay['currency']} {pay['min']} - {pay['max']} {pay['interval']}"}


def whole_description(posting: Posting) -> str:
    lists = (f"<h3>{item['text']}</h3><ul>{item['content']}</ul>" for item in posting.lists)
    return "".join((description_of(posting), *lists, posting.additional))


def add(parent: etree._Element, elements: dict[str, Any]) -> None:
    for name, value in elements.items():
        element = etree.SubElement(parent, name)
        if not isinstance(value, str):
            add(element, value)
            continue
        value = NOT_XML.sub("", value)
        if "<" in value and "]]>" not in value:
            element.text = etree.CDATA(value)
        else:
            element.text = value
