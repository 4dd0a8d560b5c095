"""POST /uploads: a file that an application will name by its uri, kept for a day."""

import re

from flask import request
from flask.typing import ResponseReturnValue

from sandbox.api.access import account
from sandbox.api.errors import LeverError, bad_request
from sandbox.api.lists import single
from sandbox.api.routes import Routes
from sandbox.world import world
from sandbox.world.candidates import UPLOAD_LIFE_MS, Upload
from sandbox.world.ids import new_id, now_ms

routes = Routes()
MAX_BYTES = 30 * 1024 * 1024


@routes.add("POST", "/uploads", "uploads:write:admin")
def upload() -> ResponseReturnValue:
    file = request.files.get("file")
    if file is None:
        raise bad_request("The body must be multipart/form-data with a part named `file`.")
    size = len(file.read())
    if size > MAX_BYTES:
        raise LeverError(400, "FileTooLarge", "The file is larger than 30 MB.")
    kept = new_upload(file.filename or "file", size)
    with world.lock:
        account().uploads[kept.uri] = kept
    named = {"id": kept.id, "filename": kept.filename, "uri": kept.uri}
    return single(named | {"size": kept.size, "expiresAt": kept.expires_at}, 201)


def new_upload(filename: str, size: int) -> Upload:
    upload_id = new_id()
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", filename)
    return Upload(
        upload_id,
        filename,
        f"https://api.lever.co/v1/uploads/{upload_id}-{safe}",
        size,
        now_ms() + UPLOAD_LIFE_MS,
    )
