"""Feeds of any size in the spelling for which there is most evidence, the same at each run; and who gives one out."""

import hashlib
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from ..ports import HOST

WORDS = (
    "apply",
    "carry",
    "deliver",
    "drive",
    "early",
    "forklift",
    "freight",
    "night",
    "route",
    "shift",
    "team",
)
PARAGRAPHS = 500
PLACES = ("Columbus, OH", "Arlington, TX", "Berlin, Germany", "Toronto, ON", "Leeds, United Kingdom")
SHORTEST, LONGEST = 3 * 1024, 8 * 1024
JOB = """<job>
 <id>{id}</id><employer>Bench</employer><position>{title}</position><category>Operations</category>
 <location>{place}</location><commitment>Full-time</commitment>
 <description><![CDATA[{body}]]></description>
 <post_date>1553186035299</post_date><apply_url>https://jobs.lever.co/bench/{id}/apply</apply_url>
</job>
"""


def write_feed(path: Path, jobs: int, changed_each: int = 0) -> Path:
    """Of each `changed_each` jobs one says something else than in the file without."""
    with path.open("w") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<jobs>')
        for number in range(jobs):
            is_changed = bool(changed_each) and number % changed_each == 0
            file.write(_job(number, "Night" if is_changed else "Day"))
        file.write("</jobs>\n")
    return path


def _job(number: int, word: str) -> str:
    dice = random.Random(number)  # nosec B311  # the same at each run
    external_id = "{0:.8}-{0:.4}-{0:.4}-{0:.4}-{0:.12}".format(
        hashlib.sha256(str(number).encode()).hexdigest()
    )
    title = f"{word} {dice.choice(WORDS).title()} {number}"
    return JOB.format(id=external_id, title=title, place=dice.choice(PLACES), body=_body(dice))


def _body(dice: random.Random) -> str:
    """About as many tags as real ones have: one for each fifty characters."""
    parts: list[str] = []
    length = dice.randint(SHORTEST, LONGEST)
    while sum(map(len, parts)) < length:
        parts.append(dice.choice(_paragraphs()))
    return "".join(parts)


@cache
def _paragraphs() -> list[str]:
    dice = random.Random(0)  # nosec B311  # the same at each run
    return [_paragraph(dice) for _ in range(PARAGRAPHS)]


def _paragraph(dice: random.Random) -> str:
    listed = "".join(f"<li>{_words(dice, 8)}</li>" for _ in range(5))
    return f"<p>{_words(dice, 60)}.</p><ul>{listed}</ul>"


def _words(dice: random.Random, count: int) -> str:
    return " ".join(dice.choices(WORDS, k=count))


@contextmanager
def given_out(path: Path) -> Iterator[str]:
    """The address at which every site has this feed, with an ETag that is honoured."""
    handler = type("Handler", (FeedHandler,), {"body": path.read_bytes()})
    with ThreadingHTTPServer((HOST, 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://{HOST}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class FeedHandler(BaseHTTPRequestHandler):
    body: ClassVar[bytes]
    etag: ClassVar[str] = '"1"'

    def do_GET(self) -> None:
        is_known = self.headers["If-None-Match"] == self.etag
        self.send_response(304 if is_known else 200)
        self.send_header("ETag", self.etag)
        self.send_header("Content-Length", "0" if is_known else str(len(self.body)))
        self.end_headers()
        if not is_known:
            self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        pass
