"""HTML that customers wrote, made safe to pass on; and its plain text."""

import html

import nh3

TAGS = {"a", "b", "br", "div", "em", "i", "li", "ol", "p", "s", "span", "strong", "u", "ul"}
TAGS |= {"h1", "h2", "h3", "h4"}
# Without the star nh3 lets `title` and `lang` pass on every tag.
ATTRIBUTES = {"*": set[str](), "a": {"href"}}
SCHEMES = {"https", "http", "mailto"}


def sanitised_html(markup: str) -> str:
    """Only formatting and absolute links are left."""
    return nh3.clean(
        markup,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        url_relative="deny",
        link_rel="noopener",
    )


def text_of(markup: str) -> str:
    """What is read, on one line; tags part words."""
    bare = nh3.clean(markup.replace("<", " <"), tags=set())
    return " ".join(html.unescape(bare).split())
