from .catching_up import CatchUp
from .endpoints import SigningSecret, WebhookEndpoint
from .events import RejectedRequest, WebhookEvent
from .replays import Replay

__all__ = ["CatchUp", "RejectedRequest", "Replay", "SigningSecret", "WebhookEndpoint", "WebhookEvent"]
