"""Files of an applicant: told by content and by name, and both must agree."""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping

from ..types import FieldProblem, File
from .wire import Attachment

MOST_BYTES = 20 * 1024 * 1024
MOST_LETTERS = -(-MOST_BYTES // 3) * 4
LONGEST_NAME = 100
LEADING_BLANKS = b"\xef\xbb\xbf\x00\t\n\r "
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
NOT_IN_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def read(attachment: Attachment, field: str) -> File | FieldProblem:
    """The file as its content is, or what is wrong with it; the sender's content type is not believed."""
    data = _decoded(attachment.data)
    if data is None:
        return FieldProblem(f"{field}.data", "base64_invalid", "Expected base64; received something else.")
    if not 0 < len(data) <= MOST_BYTES:
        received = "more" if data else "nothing"
        message = f"Expected a file of 1 to {MOST_BYTES} bytes; received {received}."
        return FieldProblem(f"{field}.data", "file_size", message)
    if attachment.sha256 and attachment.sha256.lower() != hashlib.sha256(data).hexdigest():
        message = "Expected the SHA-256 of the file; received another."
        return FieldProblem(f"{field}.sha256", "sha256_wrong", message)
    content_type = _content_type(attachment.file_name, data)
    if not content_type:
        kinds = ", ".join(TYPES)
        message = f"Expected a file that is, and is called, one of {kinds}; received another."
        return FieldProblem(f"{field}.data", "file_type", message)
    return File(attachment.type, _name(attachment.file_name), content_type, data)


def _decoded(text: str) -> bytes | None:
    """None when it is not base64. What is longer than the limit is cut one group after it, not decoded."""
    try:
        return base64.b64decode(text[: MOST_LETTERS + 4], validate=True)
    except (binascii.Error, ValueError):
        return None


def _name(file_name: str) -> str:
    """No folders, nothing unseen (which can turn letters round), the extension kept."""
    last = re.split(r"[/\\]", file_name)[-1]
    return "".join(letter for letter in last if letter.isprintable())[-LONGEST_NAME:]


def _content_type(file_name: str, data: bytes) -> str:
    extension = _name(file_name).rpartition(".")[2].lower()
    content_type, is_one = TYPES.get(extension, ("", _is_nothing))
    return content_type if is_one(data) else ""


def _is_nothing(data: bytes) -> bool:
    return False


def _is_pdf(data: bytes) -> bool:
    return data[:1024].lstrip(LEADING_BLANKS).startswith(b"%PDF-")


def _is_docx(data: bytes) -> bool:
    """A ZIP names its members unpacked. With macros it is no résumé."""
    is_word = data.startswith(b"PK\x03\x04") and b"[Content_Types].xml" in data and b"word/" in data
    return is_word and b"vbaProject.bin" not in data


def _is_doc(data: bytes) -> bool:
    """Of all that lies in this container only Word's documents have such a stream."""
    return data.startswith(OLE) and "WordDocument".encode("utf-16-le") in data


def _is_text(data: bytes) -> bool:
    return not NOT_IN_TEXT.search(data) and not _is_pdf(data)


def _is_png(data: bytes) -> bool:
    return data.startswith(b"\x89PNG\r\n\x1a\n")


def _is_jpeg(data: bytes) -> bool:
    return data.startswith(b"\xff\xd8\xff")


TYPES: Mapping[str, tuple[str, Callable[[bytes], bool]]] = {
    "pdf": ("application/pdf", _is_pdf),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", _is_docx),
    "doc": ("application/msword", _is_doc),
    "txt": ("text/plain", _is_text),
    "png": ("image/png", _is_png),
    "jpg": ("image/jpeg", _is_jpeg),
    "jpeg": ("image/jpeg", _is_jpeg),
}


def extension_of(content_type: str) -> str:
    """Of what was accepted as such."""
    return next(extension for extension, (named, _) in TYPES.items() if named == content_type)
