"""An application for the server's own tests: how long it takes, and which process answers; at /pieces, 400 MB."""

import os
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from wsgiref.types import StartResponse, WSGIEnvironment

from config.serving.answering import Answering
from config.serving.receiving import Receiver
from webhooks.piecewise import PIECEWISE


def _toy(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/pieces":
        environ[PIECEWISE] = True
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (b"x" * 65536 for _ in range(6400))
    time.sleep(float(environ["QUERY_STRING"] or 0))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]


application = Answering(_toy, ThreadPoolExecutor(2), Receiver())
