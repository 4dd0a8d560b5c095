"""What production installs is listed whole: each package with its version, its hashes and its licence."""

import re

import pytest

from dev import sbom

NAMES = "MIT|BSD|Apache|ISC|PSF|Python|MPL|Mozilla|LGPL|Lesser|Unlicense|0BSD|Zope|ZPL"
FREE = re.compile(rf"\b(?:{NAMES})\b", re.IGNORECASE)
PINNED = "\n".join(
    [
        "uvloop[dev]==1.2 ; sys_platform != 'win32' \\",
        f"    --hash=sha256:{'a' * 64} \\",
        f"    --hash=sha256:{'b' * 64}",
        "",
    ]
)


def test_every_pin_is_a_component_with_all_its_hashes() -> None:
    requirements = (sbom.ROOT / "requirements.txt").read_text()
    components = sbom.document(list(sbom.packages(requirements)))["components"]
    assert len(components) == len(re.findall(r"(?m)^\S+==", requirements))
    assert all(re.fullmatch(r"pkg:pypi/[a-z0-9._-]+@\S+", it["purl"]) for it in components)
    assert sum(len(it["hashes"]) for it in components) == requirements.count("--hash=sha256:")
    assert {"django", "cryptography", "psycopg"} <= {it["name"].lower() for it in components}


def test_a_pin_with_extras_and_markers_is_read() -> None:
    (package,) = sbom.packages(PINNED)
    assert (package.name, package.version, package.purl) == ("uvloop", "1.2", "pkg:pypi/uvloop@1.2")
    assert package.hashes == ["a" * 64, "b" * 64]


def test_every_licence_is_known_and_lets_us_ship() -> None:
    found = {
        it.name: sbom.licence_of(it.name)
        for it in sbom.packages((sbom.ROOT / "requirements.txt").read_text())
    }
    assert {name: it for name, it in found.items() if not FREE.search(it) and "not installed" not in it} == {}


@pytest.mark.parametrize("licence", ["Limited use", "Not to be disclosed", "Proprietary"])
def test_no_licence_is_taken_for_one_whose_name_is_part_of_its_words(licence: str) -> None:
    assert not FREE.search(licence)


def test_a_package_of_another_system_is_named_as_such() -> None:
    assert sbom.licence_of("no-such-package-here") == "not installed on this system"
