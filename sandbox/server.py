"""Serves a world over HTTP and takes its mail over SMTP, both on threads of this process."""

import socket
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sandbox.app import create_app
from sandbox.mail.receiver import Receiver
from sandbox.world import World


class Handler(WSGIRequestHandler):
    """Calls itself what Lever does; the world keeps its own log, without query strings."""

    def version_string(self) -> str:
        return "lever-data-api"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@dataclass
class Server:
    """`with Server(world) as server:` listens on `server.url`; a port of 0 takes a free one, no SMTP port no mail."""

    world: World
    host: str = "127.0.0.1"
    port: int = 0
    smtp_port: int | None = None

    def __enter__(self) -> Self:
        self._http = self._listen()
        self.port = self._http.server_port
        self._smtp = self._take_mail(self.smtp_port) if self.smtp_port is not None else None
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        # The thread closes the socket as the last thing that it does.
        self._thread.join()
        if self._smtp:
            self._smtp.stop(no_assert=True)
        self.world.close()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def _listen(self) -> BaseWSGIServer:
        app = create_app(self.world)
        return make_server(self.host, self.port, app, threaded=True, request_handler=Handler)

    def _take_mail(self, port: int) -> Controller:
        # The controller greets itself at the port that it was told, so it cannot be told 0.
        self.smtp_port = port or free_port(self.host)
        controller = Controller(Receiver(self.world), hostname=self.host, port=self.smtp_port)
        controller.start()
        return controller


def free_port(host: str) -> int:
    with socket.create_server((host, 0)) as taken:
        port: int = taken.getsockname()[1]
    return port
