"""A posting and its application form, free of either API's spelling."""

from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["published", "internal", "closed", "draft", "pending", "rejected"]
Form = dict[str, Any]  # in the wire shape of GET /v1/postings/:id/apply, without id and text

UNSUPPORTED_TYPES = ("university", "score")


@dataclass
class Posting:
    id: str
    site: str
    text: str
    state: State
    created_at: int
    updated_at: int
    location: str
    all_locations: list[str]
    opening: str
    body: str
    additional: str
    form: Form
    distribution_channels: list[str] | None = field(default_factory=lambda: ["public", "internal"])
    team: str | None = None
    department: str | None = None
    commitment: str | None = None
    country: str | None = None
    workplace_type: str = "unspecified"
    # [{"text": heading, "content": "<li>…</li>"}]
    lists: list[dict[str, str]] = field(default_factory=list)
    # {"min", "max", "currency", "interval"}
    salary_range: dict[str, Any] | None = None
    salary_description: str | None = None
    owner: str | None = None
    tags: list[str] = field(default_factory=list)

    @property
    def is_public(self) -> bool:
        return self.state == "published" and "public" in (self.distribution_channels or [])

    @property
    def takes_applications(self) -> bool:
        return self.state in ("published", "internal")

    @property
    def hosted_url(self) -> str:
        return f"https://jobs.lever.co/{self.site}/{self.id}"

    @property
    def apply_url(self) -> str:
        return f"{self.hosted_url}/apply"

    @property
    def categories(self) -> dict[str, Any]:
        """Lever leaves out a category that has no value."""
        named = {
            "commitment": self.commitment,
            "department": self.department,
            "location": self.location,
            "team": self.team,
            "allLocations": self.all_locations,
        }
        return {name: value for name, value in named.items() if value not in (None, "")}

    @property
    def unsupported_types(self) -> list[str]:
        fields = [field for question_set in self.form["customQuestions"] for field in question_set["fields"]]
        return sorted({field["type"] for field in fields} & set(UNSUPPORTED_TYPES))
