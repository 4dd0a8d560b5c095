"""What the desk's lists say beside Django's own."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.contrib.admin import site
from django.utils.html import escape, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

register = template.Library()
NOTHING = f">{site.empty_value_display}</td>"


@register.filter
def named(cells: Iterable[SafeString], headers: Iterable[Mapping[str, Any]]) -> list[SafeString]:
    """The cells of a row, each with the name of its column."""
    return [_named(cell, capfirst(strip_tags(it["text"]))) for cell, it in zip(cells, headers, strict=True)]


def _named(cell: str, name: str) -> SafeString:
    """A cell is as Django wrote it: `<td class="…">…</td>`, or `<th …>`."""
    tag, _, rest = cell.partition(" ")
    label = "data-empty" if cell.endswith(NOTHING) else f'data-label="{escape(name)}"'
    return mark_safe(f"{tag} {label} {rest}")  # nosec B308 B703  # Django's own, and what was escaped just now
