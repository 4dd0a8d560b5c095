from .endpoints import SigningSecret, WebhookEndpoint
from .events import RejectedRequest, WebhookEvent

__all__ = ["RejectedRequest", "SigningSecret", "WebhookEndpoint", "WebhookEvent"]
