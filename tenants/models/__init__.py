from .audit import AuditEvent
from .invitations import Invitation
from .owned import TenantOwned
from .tenants import Membership, Tenant
from .users import User

__all__ = ["AuditEvent", "Invitation", "Membership", "Tenant", "TenantOwned", "User"]
