import hashlib

from django.db import models


class DeskKey(models.Model):
    """What a dashboard of Customer Success reads the desk's figures with. Its hash is kept alone."""

    name = models.CharField(max_length=100, help_text="Whose dashboard it is.")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "created_at"]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def hash_of(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()
