"""One thing that happened to an application."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Moment:
    """`state` is one of a timeline's. `manifest` is what left for the ATS; `detail` and `row` are for staff alone."""

    at: datetime
    title: str
    state: str = "proved"
    says: str = ""
    manifest: Mapping[str, Any] = field(default_factory=dict)
    detail: str = ""
    row: Model | None = None

    @property
    def address(self) -> str:
        """Of the stored row at the desk."""
        if self.row is None:
            return ""
        return reverse(
            f"admin:{self.row._meta.app_label}_{self.row._meta.model_name}_change", args=[self.row.pk]
        )
