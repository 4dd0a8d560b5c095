"""`make messages`: what customers read, gathered into the catalogues of `locale/` without gettext's programs."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from .processes import StackError

LOCALES = Path("locale")
PACKAGES = ("integrations", "onboarding", "tenants", "webhooks")
# The desk and its commands are Appcast's own, and stay English.
STAFF = {"admin", "demo", "desk", "management", "migrations"}
ERRORS = ("Transient", "RateLimited", "Authorization", "Configuration", "Rejected", "Unconfirmed")
# Django's own, which our catalogues tell before it does: its German knows no “vor 2 Tagen”.
AGES = {
    "naturaltime-past": "%(delta)s ago",
    "naturaltime-future": "%(delta)s from now",
}
UNITS = ("year", "month", "week", "day")
KEYWORDS = {
    "_": (1,),
    "gettext": (1,),
    "gettext_lazy": (1,),
    "gettext_noop": (1,),
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "Phrase": (1,),
    "counted": (1, 2),
    **{f"{name}Error": (2,) for name in ERRORS},
}


def main() -> None:
    for po in catalogues():
        po.write_bytes(updated(po))
        po.with_suffix(".mo").write_bytes(compiled(po))
        print(f"{po}: {untold(po)} of {len(read(po))} messages have no translation")


def complaints() -> Iterator[str]:
    """What a commit has forgotten."""
    for po in catalogues():
        if updated(po) != po.read_bytes():
            yield f"{po} is behind the sources: make messages"
        elif left := untold(po):
            yield f"{po} lacks the translation of {left} messages"
        elif compiled(po) != po.with_suffix(".mo").read_bytes():
            yield f"{po.with_suffix('.mo')} is behind {po.name}: make messages"


def catalogues() -> list[Path]:
    return sorted(LOCALES.glob("*/LC_MESSAGES/django.po"))


def updated(po: Path) -> bytes:
    """The catalogue with the messages of the sources, no others; nothing is guessed."""
    catalogue = read(po)
    catalogue.update(gathered(), no_fuzzy_matching=True, update_creation_date=False)
    written = BytesIO()
    write_po(written, catalogue, width=100, sort_output=True, ignore_obsolete=True, include_lineno=False)
    return written.getvalue()


def gathered() -> Catalog:
    catalogue = Catalog()
    for source in sources():
        for _line, message, comments, context in messages_of(source):
            catalogue.add(message, locations=[(str(source), 0)], auto_comments=comments, context=context)
    for context, age in AGES.items():
        catalogue.add(age)
        for unit in UNITS:
            catalogue.add((f"%(num)d {unit}", f"%(num)d {unit}s"), context=context)
    return catalogue


def messages_of(source: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    text = source.read_text()
    python = text if source.suffix == ".py" else unindented(templatize(text))
    yield from extract("python", BytesIO(python.encode()), keywords=KEYWORDS)


def unindented(text: str) -> str:
    """What Django makes of a template is read as Python, to which indentation speaks."""
    return "\n".join(line.lstrip() for line in text.splitlines())


def sources() -> Iterator[Path]:
    modules = (path for package in PACKAGES for path in Path(package).rglob("*.py"))
    templates = (path for path in Path("templates").rglob("*") if path.suffix in {".html", ".txt"})
    yield from sorted(
        path for path in (*modules, *templates) if not STAFF.intersection(path.with_suffix("").parts)
    )


def compiled(po: Path) -> bytes:
    written = BytesIO()
    write_mo(written, read(po))
    return written.getvalue()


def read(po: Path) -> Catalog:
    if not po.exists():
        raise StackError(f"{po} is missing")
    with po.open("rb") as file:
        return read_po(file, locale=po.parts[-3], abort_invalid=True)


def untold(po: Path) -> int:
    return sum(1 for message in read(po) if message.id and not is_told(message))


def is_told(message: Message) -> bool:
    forms = [message.string] if isinstance(message.string, str) else message.string or [""]
    return all(forms)
