from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from ..languages import offered


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, **fields: Any) -> "User":
        """A person who signs in by a code sent to `email`: there is no password."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_unusable_password()
        user.save(using=self._db)
        return user

    def get_or_create_user(self, email: str, **fields: Any) -> tuple["User", bool]:
        """Safe against two that create the same person at once; `fields` are for who is new."""
        new = {"password": make_password(None), **fields}
        return self.get_or_create(email=email.strip().lower(), defaults=new)

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    class Role(models.TextChoices):
        """What staff are at the desk; `tenants.rights` says what each may do."""

        CS = "cs", "Customer Success"
        LEAD = "lead", "lead of Customer Success"
        ENGINEER = "engineer", "engineer"
        AUDITOR = "auditor", "auditor"

    email = models.EmailField(unique=True)
    full_name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=8, choices=offered, blank=True)
    is_staff = models.BooleanField("may use the desk", default=False)
    role = models.CharField(
        "role at the desk", max_length=8, choices=Role.choices, blank=True, default="", db_default=""
    )
    desk_columns = ArrayField(
        models.CharField(max_length=40),
        verbose_name="columns of the desk's list of tenants",
        default=list,
        db_default=[],
        blank=True,
        editable=False,
    )
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return self.full_name or self.email

    @property
    def sees_desk(self) -> bool:
        """Staff whom nobody gave a role may not even look, nor are they told of any tenant."""
        return self.is_active and self.is_staff and (self.is_superuser or bool(self.role))

    def has_usable_password(self) -> bool:
        """Nobody has one, so that no page asks for it, not even to confirm something."""
        return False

    def clean(self) -> None:
        """Addresses are compared as they are kept, in small letters."""
        super().clean()
        self.email = self.email.strip().lower()
