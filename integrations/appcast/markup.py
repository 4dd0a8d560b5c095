"""HTML that customers wrote, made safe to pass on; and its plain text."""

import html
import re

import nh3

TAGS = {"a", "b", "br", "div", "em", "i", "li", "ol", "p", "s", "span", "strong", "u", "ul"}
TAGS |= {"h1", "h2", "h3", "h4"}
# Without the star nh3 lets `title` and `lang` pass on every tag.
ATTRIBUTES = {"*": set[str](), "a": {"href"}}
SCHEMES = {"https", "http", "mailto"}
# Whatever the production `Char` of XML 1.0 leaves out; HTML can do without it too.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def allowed(text: str) -> str:
    """Without the control characters that XML cannot hold, and without half surrogate pairs."""
    return FORBIDDEN.sub("", text)


def sanitised_html(markup: str) -> str:
    """Only formatting and absolute links are left, and what XML can hold."""
    cleaned = nh3.clean(
        allowed(markup),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        url_relative="deny",
        link_rel="noopener",
    )
    # Once more: `&#27;` has become a character.
    return allowed(cleaned)


def text_of(markup: str) -> str:
    """What is read, on one line; tags part words."""
    bare = nh3.clean(allowed(markup).replace("<", " <"), tags=set())
    return " ".join(html.unescape(bare).split())
