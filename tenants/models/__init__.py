from .audit import AuditEvent
from .codes import SignInCode
from .invitations import Invitation
from .keys import DataKey
from .owned import TenantOwned
from .tenants import Membership, Tenant
from .users import User

__all__ = [
    "AuditEvent",
    "DataKey",
    "Invitation",
    "Membership",
    "SignInCode",
    "Tenant",
    "TenantOwned",
    "User",
]
