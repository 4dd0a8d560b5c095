from .endpoints import SigningSecret, WebhookEndpoint
from .events import RejectedRequest, WebhookEvent
from .replays import Replay

__all__ = ["RejectedRequest", "Replay", "SigningSecret", "WebhookEndpoint", "WebhookEvent"]
