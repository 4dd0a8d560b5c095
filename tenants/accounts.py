"""How allauth behaves here: nobody signs up unasked, and second factors are sealed at rest."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from . import invitations
from .sealing import seal_text, unseal_text

UNKNOWN_ACCOUNT = "account/email/unknown_account"
SECOND_FACTOR = "mfa_authenticator.data"


class InvitationOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Nobody learns on the page whether an address is known: the mailbox alone is told, and what to do."""
        if template_prefix != UNKNOWN_ACCOUNT or not invitations.remind(email):
            super().send_mail(template_prefix, email, context)


class SealedMFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        return seal_text(text, SECOND_FACTOR)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal_text(encrypted_text, SECOND_FACTOR)
