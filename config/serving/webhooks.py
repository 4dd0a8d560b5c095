"""Webhooks before Django's own handler: of the time that one takes there, middleware and routing are most."""

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope

from webhooks.doors import NotReadError
from webhooks.intake import LARGEST_BODY
from webhooks.short_path import PATH, ShortPath

from .answering import Answering
from .receiving import Receiver
from .sending import send_bare


class Webhooks:
    """All other paths are those of `others`."""

    def __init__(self, short_path: ShortPath, others: Answering, receiver: Receiver) -> None:
        self._short_path, self._others, self._receiver = short_path, others, receiver

    async def __call__(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        path = PATH.fullmatch(scope["path"])
        if path is None or scope["method"] != "POST":
            await self._others(scope, receive, send)
            return
        try:
            async with self._receiver.body(scope, receive, LARGEST_BODY) as body:
                sent = body.read()
        except NotReadError as error:
            await send_bare(send, error.status, error.headers.items())
            return
        encoding = dict(scope["headers"]).get(b"content-encoding", b"identity")
        reply = await self._short_path.answer(
            **path.groupdict(), encoding=encoding.decode("latin-1"), body=sent
        )
        await send_bare(send, reply.status, reply.headers.items())
