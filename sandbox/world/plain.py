"""Plain text of a posting's HTML, with line ends where Lever puts them."""

import html
import re

EMPTY_LINE = re.compile(r"<div>\s*<br\s*/?>\s*</div>")
LINE_END = re.compile(r"<br\s*/?>|</(?:div|p|li|h\d)>")
TAG = re.compile(r"<[^>]+>")


def plain(text: str | None) -> str:
    lines = LINE_END.sub("\n", EMPTY_LINE.sub("\n", text or ""))
    return html.unescape(TAG.sub("", lines)).replace("\xa0", " ")
