from .catching_up import CatchUp
from .endpoints import SigningSecret, WebhookEndpoint
from .events import Aside, RejectedRequest, WebhookEvent
from .replays import Replay

__all__ = [
    "Aside",
    "CatchUp",
    "RejectedRequest",
    "Replay",
    "SigningSecret",
    "WebhookEndpoint",
    "WebhookEvent",
]
