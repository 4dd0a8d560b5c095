"""Structured logs, one line an event: for people on a laptop, JSON in production."""

import re

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# Whoever has such an address may use it: accept an invitation, stop a notice, read a feed, try a webhook. Refused
# requests are logged with their address.
UNGUESSABLE = re.compile(r"(/(?:invitations|notices|feeds|webhooks/[a-z]+)/)[^/\s?\"']+")

# What staff look for at the desk may be somebody's address.
LOOKED_FOR = re.compile(r"([?&]q=)[^&\s\"'#]+")


def without_keys(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {name: _cut(it) if isinstance(it, str) else it for name, it in event.items()}


def _cut(text: str) -> str:
    return LOOKED_FOR.sub(r"\1…", UNGUESSABLE.sub(r"\1…", text))


SHARED_PROCESSORS: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    without_keys,
]

# Once, as it is imported: a logger keeps the list of processors that it first used.
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *SHARED_PROCESSORS,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)

# They say each message and each tick of the schedule, which the rows tell better.
QUIET = ("django_structlog", "celery.app.trace", "celery.worker.strategy", "celery.beat")


def logging_config(*, as_json: bool) -> dict[str, object]:
    # Neither traceback shows local variables, which hold secrets and applicants' data.
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    rendering: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()] if as_json else [plain]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
                "foreign_pre_chain": SHARED_PROCESSORS,
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {name: {"level": "WARNING"} for name in QUIET},
    }
