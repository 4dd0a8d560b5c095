"""`make sbom`: what production installs, by requirements.txt, as a CycloneDX document; prints the licences."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "var" / "sbom.json"
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
OF_CLASSIFIER = re.compile(r"^License :: (?:OSI Approved :: )?(.+)$")


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    version: str
    hashes: Sequence[str]

    @property
    def purl(self) -> str:
        return f"pkg:pypi/{self.name.lower()}@{self.version}"

    def component(self) -> dict[str, Any]:
        return {
            "type": "library",
            "bom-ref": self.purl,
            "name": self.name,
            "version": self.version,
            "purl": self.purl,
            "hashes": [{"alg": "SHA-256", "content": it} for it in self.hashes],
            "licenses": [{"license": {"name": licence_of(self.name)}}],
        }


def packages(requirements: str) -> Iterator[Package]:
    """One pin with its hashes is one logical line."""
    for entry in requirements.replace("\\\n", " ").splitlines():
        pin = PIN.match(entry)
        if pin:
            yield Package(pin[1], pin[2], HASH.findall(entry))


def licence_of(name: str) -> str:
    """As the package itself says; "" where it does not, or is for another system."""
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return "not installed on this system"
    by_classifier = [it[1] for line in said.get_all("Classifier", []) if (it := OF_CLASSIFIER.match(line))]
    expression, in_words = (str(said.json.get(it) or "") for it in ("license_expression", "license"))
    return expression or ", ".join(by_classifier) or in_words.strip().partition("\n")[0]


def document(found: Sequence[Package]) -> Mapping[str, Any]:
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "appcast-onboarding", "bom-ref": "portal"}},
        "components": [it.component() for it in found],
        "dependencies": [{"ref": "portal", "dependsOn": [it.purl for it in found]}],
    }


def main() -> None:
    found = list(packages((ROOT / "requirements.txt").read_text()))
    PLACE.parent.mkdir(exist_ok=True)
    PLACE.write_text(json.dumps(document(found), indent=2))
    for it in found:
        print(f"{it.name:32}{it.version:16}{licence_of(it.name)}")
    print(f"{len(found)} packages in {PLACE.relative_to(ROOT)}")
