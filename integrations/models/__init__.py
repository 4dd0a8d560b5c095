from .applications import Application, ApplicationFile, SenderSecret
from .connections import AuthorizationAttempt, Connection, Discovery, TokenSet
from .conversions import Conversion
from .deliveries import Delivery, DeliveryAttempt
from .feeds import Feed, FeedSync
from .outgoing import OutgoingFeed, OutgoingPiece
from .postings import FormCheck, Posting
from .readings import ArchiveReasonReading, FeedComparison, Reading, StageReading, WebhookReading
from .stages import ArchiveReason, Pipeline, Stage, StageMapping
from .work import Told, Work

__all__ = [
    "Application",
    "ApplicationFile",
    "ArchiveReason",
    "ArchiveReasonReading",
    "AuthorizationAttempt",
    "Connection",
    "Conversion",
    "Delivery",
    "DeliveryAttempt",
    "Discovery",
    "Feed",
    "FeedComparison",
    "FeedSync",
    "FormCheck",
    "OutgoingFeed",
    "OutgoingPiece",
    "Pipeline",
    "Posting",
    "Reading",
    "SenderSecret",
    "Stage",
    "StageMapping",
    "StageReading",
    "TokenSet",
    "Told",
    "WebhookReading",
    "Work",
]
