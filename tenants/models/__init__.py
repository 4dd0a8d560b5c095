from .audit import AuditEvent, AuditLink
from .codes import SignInCode
from .invitations import Invitation
from .keys import DataKey
from .owned import TenantOwned
from .sessions import Session
from .tenants import Membership, Tenant
from .users import User

__all__ = [
    "AuditEvent",
    "AuditLink",
    "DataKey",
    "Invitation",
    "Membership",
    "Session",
    "SignInCode",
    "Tenant",
    "TenantOwned",
    "User",
]
