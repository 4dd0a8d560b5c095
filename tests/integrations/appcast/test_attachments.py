import base64
import struct
from pathlib import PurePosixPath

import pytest

from integrations.appcast import attachments
from integrations.appcast.attachments import LONGEST_NAME, MOST_BYTES
from integrations.appcast.wire import Attachment
from integrations.types import FieldProblem, File

from .bodies import PDF, attachment, zipped

DOCX = zipped("[Content_Types].xml", "word/document.xml")
DOCM = zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
DOC = OLE + "WordDocument".encode("utf-16-le")
XLS = OLE + "Workbook".encode("utf-16-le")
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"


def read(content: bytes, file_name: str, **changes: object) -> File | FieldProblem:
    given = {**attachment(content, file_name), **changes}
    return attachments.read(Attachment.model_validate(given), "attachments.0")


def code_of(result: File | FieldProblem) -> str:
    assert isinstance(result, FieldProblem)
    return result.code


@pytest.mark.parametrize(
    ("file_name", "data", "content_type"),
    [
        ("cv.pdf", PDF, "application/pdf"),
        ("CV.PDF", b"\xef\xbb\xbf\r\n" + PDF, "application/pdf"),
        ("cv.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("cv.doc", DOC, "application/msword"),
        ("cv.txt", "Lebenslauf: Größe".encode(), "text/plain"),
        ("cv.txt", "Lebenslauf: Größe".encode("latin-1"), "text/plain"),
        ("cv.png", PNG, "image/png"),
        ("cv.jpg", JPEG, "image/jpeg"),
        ("cv.jpeg", JPEG, "image/jpeg"),
    ],
)
def test_a_file_is_what_content_and_name_say(file_name: str, data: bytes, content_type: str) -> None:
    result = read(data, file_name, content_type="text/html")
    assert result == File("resume", file_name, content_type, data)


@pytest.mark.parametrize(
    ("file_name", "data"),
    [
        ("cv.pdf", DOCX),
        ("cv.pdf", b"<html>%PDF-1.4"),
        ("cv.docx", PDF),
        ("cv.docx", zipped("[Content_Types].xml", "xl/workbook.xml")),
        ("cv.docx", zipped("anything")),
        ("cv.docx", DOCM),
        ("cv.doc", XLS),
        ("cv.txt", PDF),
        ("cv.txt", b"MZ\x90\x00"),
        ("cv.png", JPEG),
        ("cv.jpg", PNG),
        ("cv.pdf.exe", PDF),
        ("cv.docm", DOCM),
        ("cv.html", b"<html>"),
        ("cv", PDF),
        ("", PDF),
    ],
)
def test_a_file_that_is_something_else_is_refused(file_name: str, data: bytes) -> None:
    assert code_of(read(data, file_name)) == "file_type"


@pytest.mark.parametrize("data", ["%PDF", "JVBERi0xLjQ", "JVBE\nRi0x", "Jé==", "====", "=AAA"])
def test_what_is_no_base64_is_refused(data: str) -> None:
    assert code_of(read(PDF, "cv.pdf", data=data)) == "base64_invalid"


def test_the_checksum_must_fit_where_it_is_given() -> None:
    assert code_of(read(PDF, "cv.pdf", sha256="0" * 64)) == "sha256_wrong"
    assert isinstance(read(PDF, "cv.pdf", sha256=""), File)
    assert isinstance(read(PDF, "cv.pdf", sha256=str(attachment()["sha256"]).upper()), File)


@pytest.mark.parametrize("extra_bytes", [1, 2, 3, 1000])
def test_a_file_beyond_the_limit_is_refused(extra_bytes: int) -> None:
    data = PDF + bytes(MOST_BYTES - len(PDF) + extra_bytes)
    assert code_of(read(data, "cv.pdf")) == "file_size"


def test_a_file_at_the_limit_is_taken() -> None:
    assert isinstance(read(PDF + bytes(MOST_BYTES - len(PDF)), "cv.pdf"), File)


def test_an_empty_file_is_refused() -> None:
    assert code_of(read(b"", "cv.pdf")) == "file_size"


def test_no_more_than_the_limit_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MOST_BYTES", 30)
    monkeypatch.setattr(attachments, "MOST_LETTERS", 40)
    endless = base64.b64encode(PDF * 100).decode() + "not base64"
    assert code_of(read(PDF, "cv.pdf", data=endless)) == "file_size"


@pytest.mark.parametrize(
    ("file_name", "expected"),
    [
        ("../../etc/cv.pdf", "cv.pdf"),
        ("C:\\Users\\ada\\cv.pdf", "cv.pdf"),
        ("cv\r\nX: y.pdf", "cvX: y.pdf"),
        ("fdp.\u202efdp.pdf", "fdp.fdp.pdf"),
    ],
)
def test_a_name_has_no_folders_and_nothing_unseen(file_name: str, expected: str) -> None:
    result = read(PDF, file_name)
    assert isinstance(result, File)
    assert result.file_name == expected


def test_a_long_name_keeps_its_extension() -> None:
    result = read(PDF, "x" * 250 + ".pdf")
    assert isinstance(result, File)
    assert len(result.file_name) == LONGEST_NAME
    assert PurePosixPath(result.file_name).suffix == ".pdf"
