"""A request as Django's handler for WSGI knows it."""

import sys
from typing import IO
from wsgiref.types import WSGIEnvironment

from asgiref.typing import HTTPScope

WITHOUT_PREFIX = {"CONTENT_TYPE", "CONTENT_LENGTH"}


def environ_of(scope: HTTPScope, body: IO[bytes]) -> WSGIEnvironment:
    """`body` is at its beginning."""
    server, client = scope["server"] or ("", None), scope["client"] or ("", 0)
    return {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        **_headers_of(scope),
        "CONTENT_LENGTH": str(_size_of(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def _headers_of(scope: HTTPScope) -> dict[str, str]:
    """Without those with an underscore: `X_Forwarded_For` would pass for what a balancer has written."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        if b"_" in name:
            continue
        key = name.decode("latin-1").upper().replace("-", "_")
        key = key if key in WITHOUT_PREFIX else f"HTTP_{key}"
        joint = "; " if key == "HTTP_COOKIE" else ","
        told = value.decode("latin-1")
        headers[key] = f"{headers[key]}{joint}{told}" if key in headers else told
    return headers


def _size_of(body: IO[bytes]) -> int:
    size = body.seek(0, 2)
    body.seek(0)
    return size
