import os
import uuid

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import models

from ..scoping import tenant_scope
from ..sealing import KEY_BYTES, seal, unseal
from .owned import ScopedManager, TenantOwned


class DataKey(TenantOwned):
    """What a tenant's secrets and applicants' data are sealed with. Once it is deleted, no copy of those opens."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sealed = models.BinaryField("the key, sealed with one of SEALING_KEYS")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["DataKey"]()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"data key of {self.created_at:%Y-%m-%d}"

    @property
    def place(self) -> str:
        return f"{self._meta.db_table}.sealed:{self.tenant_id}:{self.pk}"

    @classmethod
    def make(cls, tenant_id: int) -> "DataKey":
        key = cls(tenant_id=tenant_id)
        key.sealed = seal(os.urandom(KEY_BYTES), key.place)
        with tenant_scope(tenant_id):
            key.save()
        return key

    def cipher(self) -> AESGCM:
        """Raises SealError."""
        return AESGCM(unseal(bytes(self.sealed), self.place))
