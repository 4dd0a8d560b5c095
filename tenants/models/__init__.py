from .audit import AuditEvent
from .codes import SignInCode
from .invitations import Invitation
from .owned import TenantOwned
from .tenants import Membership, Tenant
from .users import User

__all__ = ["AuditEvent", "Invitation", "Membership", "SignInCode", "Tenant", "TenantOwned", "User"]
