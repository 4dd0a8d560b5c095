from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from tenants.models import TenantOwned
from tenants.models.owned import ScopedManager

from .feeds import Feed
from .work import Work


class OutgoingFeed(Work):
    """The feed that leaves us, as it stands: the pieces of `version`, one stream of gzip; version 0 is none yet.

    Made anew after what it shows `changed_at`, but not while it `rests_until`. `findings` says what job boards may
    refuse, and why, and of which jobs the feed that came in says something `odd`.
    """

    task: ClassVar[str] = "integrations.tasks.publish_feed"
    lease_seconds: ClassVar[int] = 600

    feed = models.OneToOneField(Feed, on_delete=models.CASCADE, related_name="outgoing")
    changed_at = models.DateTimeField(db_default=Now())
    version = models.PositiveIntegerField(default=0)
    etag = models.CharField(max_length=64, blank=True)
    jobs = models.PositiveIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(default=0)
    gzipped_bytes = models.PositiveBigIntegerField(default=0)
    findings = models.JSONField(default=dict)
    published_at = models.DateTimeField("this version", null=True)
    rests_until = models.DateTimeField(null=True)
    read_at = models.DateTimeField("somebody asked for it last", null=True)

    objects = ScopedManager["OutgoingFeed"]()

    @property
    def refusable(self) -> int:
        """How many jobs boards may refuse; more than are told of."""
        return int(self.findings.get("count", len(self.findings.get("jobs", []))))

    def __str__(self) -> str:
        return f"outgoing feed of {self.tenant_id}"


class OutgoingPiece(TenantOwned):
    """A part of one version. An older version stays a while for whoever is reading it."""

    outgoing = models.ForeignKey(OutgoingFeed, on_delete=models.CASCADE, related_name="pieces")
    version = models.PositiveIntegerField()
    number = models.PositiveIntegerField()
    data = models.BinaryField()
    written_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["OutgoingPiece"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "outgoing", "version", "number"], name="one_outgoing_piece_per_number"
            )
        ]

    def __str__(self) -> str:
        return f"piece {self.number} of version {self.version}"
