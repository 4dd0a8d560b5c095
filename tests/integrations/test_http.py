import gzip
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from integrations import addresses, connecting
from integrations.errors import ConfigurationError, IntegrationError, TransientError, UnconfirmedError
from integrations.http import Limits, Upload, send, stream

QUICK = Limits(silence_seconds=0.3, whole_seconds=0.6)


@pytest.fixture
def server(httpserver: HTTPServer, settings: Settings) -> HTTPServer:
    settings.OUTGOING_TRUSTED_ORIGINS = [httpserver.url_for("").rstrip("/")]
    return httpserver


RawServer = Callable[[Callable[[socket.socket], object]], str]


@pytest.fixture
def raw_server(settings: Settings) -> Iterator[RawServer]:
    """Starts a server that answers one connection with whatever bytes a test wants; gives its URL."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def start(behave: Callable[[socket.socket], object]) -> str:
            def serve() -> None:
                connection, _ = listener.accept()
                with closing(connection):
                    connection.recv(65536)
                    behave(connection)

            threading.Thread(target=serve, daemon=True).start()
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            settings.OUTGOING_TRUSTED_ORIGINS = [url]
            return f"{url}/path?email=ada@example.org"

        yield start


def failure_of(call: Callable[[], object]) -> IntegrationError:
    with pytest.raises(IntegrationError) as caught:
        call()
    return caught.value


def test_an_answer_of_any_status_is_given_as_it_is(server: HTTPServer) -> None:
    server.expect_request("/missing").respond_with_json(
        {"code": "ResourceNotFound"}, 404, {"X-Lever-Region": "eu"}
    )
    answer = send("GET", server.url_for("/missing"))
    assert (answer.status, answer.headers["x-lever-region"]) == (404, "eu")
    assert answer.json() == {"code": "ResourceNotFound"}


def test_params_json_forms_and_files_are_encoded(server: HTTPServer) -> None:
    server.expect_request("/echo").respond_with_data("{}")
    url = server.url_for("/echo")
    send("GET", url, params={"offset": "%5B3%2C1%5D", "expand": ["stage", "contact"]})
    send("POST", url, json={"name": "Zoë"})
    send("POST", url, data={"grant_type": "refresh_token", "refresh_token": "a&b"})
    send("POST", url, files={"file": Upload("cv “1”.pdf", "application/pdf", b"%PDF-1.7")})
    send("POST", url, data=b"exactly these bytes")
    listed, as_json, as_form, as_files, as_bytes = (request for request, _ in server.log)
    assert listed.args.getlist("expand") == ["stage", "contact"]
    assert listed.args["offset"] == "%5B3%2C1%5D"
    assert as_json.get_json() == {"name": "Zoë"}
    assert as_form.get_data() == b"grant_type=refresh_token&refresh_token=a%26b"
    assert as_files.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert 'name="file"; filename="cv “1”.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7' in (
        as_files.get_data().decode()
    )
    assert as_bytes.get_data() == b"exactly these bytes"


def test_an_answer_that_is_not_json_is_a_named_error(server: HTTPServer) -> None:
    server.expect_request("/page").respond_with_data("<html>")
    error = failure_of(send("GET", server.url_for("/page")).json)
    assert (type(error), error.code) == (TransientError, "http.not_json")


def test_the_environment_has_no_say(server: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "http_proxy", "http://127.0.0.1:1")
    monkeypatch.setitem(os.environ, "HTTP_PROXY", "http://127.0.0.1:1")
    server.expect_request("/").respond_with_data("direct")
    assert send("GET", server.url_for("/")).body == b"direct"


def test_a_redirect_is_not_followed_unless_granted(server: HTTPServer) -> None:
    server.expect_request("/old").respond_with_data(status=301, headers={"Location": server.url_for("/new")})
    server.expect_request("/new").respond_with_data("here")
    assert send("GET", server.url_for("/old")).status == 301
    assert send("GET", server.url_for("/old"), limits=Limits(redirects=1)).body == b"here"


def test_a_redirect_loop_ends_with_the_redirect(server: HTTPServer) -> None:
    server.expect_request("/loop").respond_with_data(status=302, headers={"Location": "/loop"})
    assert send("GET", server.url_for("/loop"), limits=Limits(redirects=3)).status == 302
    assert len(server.log) == 4


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("https://169.254.169.254/latest/meta-data", "http.forbidden_address"),
        ("http://127.0.0.1:1/", "http.bad_url"),
        ("file:///etc/passwd", "http.bad_url"),
    ],
)
def test_each_redirect_is_checked_again(server: HTTPServer, location: str, code: str) -> None:
    server.expect_request("/out").respond_with_data(status=302, headers={"Location": location})
    error = failure_of(lambda: send("GET", server.url_for("/out"), limits=Limits(redirects=3)))
    assert (type(error), error.code) == (ConfigurationError, code)


def test_a_token_does_not_follow_a_redirect_to_another_origin(server: HTTPServer, settings: Settings) -> None:
    with HTTPServer() as other:
        settings.OUTGOING_TRUSTED_ORIGINS = [
            *settings.OUTGOING_TRUSTED_ORIGINS,
            other.url_for("").rstrip("/"),
        ]
        other.expect_request("/taken").respond_with_data("ok")
        server.expect_request("/out").respond_with_data(
            status=302, headers={"Location": other.url_for("/taken")}
        )
        send("GET", server.url_for("/out"), headers={"Authorization": "Bearer x"}, limits=Limits(redirects=1))
        assert "Authorization" not in other.log[0][0].headers
    assert server.log[0][0].headers["Authorization"] == "Bearer x"


def test_nothing_was_sent_when_nobody_listens(settings: Settings) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings.OUTGOING_TRUSTED_ORIGINS = [url]
    error = failure_of(lambda: send("POST", f"{url}/apply?key=abc", json={}))
    assert (type(error), error.code) == (TransientError, "http.not_sent")
    assert "abc" not in error.detail


@pytest.mark.parametrize(
    ("method", "is_repeatable", "kind"),
    [("GET", None, TransientError), ("POST", None, UnconfirmedError), ("POST", True, TransientError)],
)
def test_a_lost_answer_leaves_a_write_unconfirmed(
    raw_server: RawServer, method: str, is_repeatable: bool | None, kind: type[IntegrationError]
) -> None:
    url = raw_server(lambda connection: None)
    error = failure_of(lambda: send(method, url, is_repeatable=is_repeatable))
    assert type(error) is kind
    assert "ada@example.org" not in f"{error} {error.detail}"


@pytest.mark.parametrize(
    "wire",
    [
        b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 201 Created\r\nContent-Length: 1, 1\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip\r\n\r\n"
        + gzip.compress(b"{}", mtime=0),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"x" * 9, mtime=0)[:-6],
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 70000,
    ],
)
def test_an_answer_that_breaks_off_is_no_answer(raw_server: RawServer, wire: bytes) -> None:
    url = raw_server(lambda connection: connection.sendall(wire))
    assert failure_of(lambda: send("GET", url)).code == "http.no_answer"


def test_silence_is_bounded(raw_server: RawServer) -> None:
    over = threading.Event()
    url = raw_server(lambda connection: over.wait(5))
    try:
        assert failure_of(lambda: send("GET", url, limits=QUICK)).code == "http.no_answer"
    finally:
        over.set()


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_server_that_drips_is_cut_off(raw_server: RawServer, start: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(start)
        over.wait(0.05)
        try:
            while not over.wait(0.05):
                connection.sendall(b"a")
        except OSError:
            return

    over = threading.Event()
    url = raw_server(drip)
    try:
        error = failure_of(lambda: send("GET", url, limits=QUICK))
    finally:
        over.set()
    assert error.code == "http.no_answer"
    assert "took too long" in error.detail


def test_a_body_larger_than_allowed_is_not_read_on(server: HTTPServer) -> None:
    server.expect_request("/big").respond_with_data(b"x" * 5000)
    error = failure_of(lambda: send("GET", server.url_for("/big"), limits=Limits(wire_bytes=4999)))
    assert (type(error), error.code) == (ConfigurationError, "http.too_large")
    assert len(send("GET", server.url_for("/big"), limits=Limits(wire_bytes=5000)).body) == 5000


def test_gzip_is_inflated_piece_by_piece(server: HTTPServer) -> None:
    body = os.urandom(3_000_000)
    server.expect_request("/feed").respond_with_data(
        gzip.compress(body), headers={"Content-Encoding": "gzip"}
    )
    with stream(server.url_for("/feed")) as answer:
        pieces = list(answer.chunks)
    assert b"".join(pieces) == body
    assert max(len(piece) for piece in pieces) <= 64 * 1024


@pytest.mark.parametrize("limits", [Limits(), Limits(inflated_bytes=100_000)])
def test_a_bomb_is_refused(server: HTTPServer, limits: Limits) -> None:
    server.expect_request("/bomb").respond_with_data(
        gzip.compress(bytes(20_000_000)), headers={"Content-Encoding": "gzip"}
    )
    assert failure_of(lambda: send("GET", server.url_for("/bomb"), limits=limits)).code == "http.too_large"


def test_a_forbidden_address_is_never_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("10.0.0.1", 443))])
    monkeypatch.setattr(connecting, "open_socket", lambda *_: pytest.fail("connected"))
    assert failure_of(lambda: send("GET", "https://inside.example/")).code == "http.forbidden_address"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for jobs.example that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "jobs.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("jobs.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "jobs.pem"
    pem, no_password = serialization.Encoding.PEM, serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, no_password) + made.public_bytes(pem)
    )
    return path


@pytest.fixture
def tls_server(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    """Every name leads to this server on loopback, which is let pass as if it were public."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with HTTPServer(ssl_context=context) as server:
        answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
        monkeypatch.setattr(addresses, "FORBIDDEN_NETWORKS", ())
        real = connecting.open_socket

        def at_port(target: addresses.Target, address: str, seconds: float) -> socket.socket:
            return real(replace(target, port=server.port), address, seconds)

        monkeypatch.setattr(connecting, "open_socket", at_port)
        yield server


def test_the_name_stands_in_sni_and_host_and_the_checked_address_is_connected(
    tls_server: HTTPServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        connecting, "tls_context", lambda: ssl.create_default_context(cafile=str(certificate))
    )
    tls_server.expect_request("/feed").respond_with_data("safe")
    assert send("GET", "https://jobs.example/feed").body == b"safe"
    assert tls_server.log[0][0].headers["Host"] == "jobs.example"


@pytest.mark.parametrize("is_known", [True, False])
def test_a_certificate_for_another_name_or_of_nobody_means_not_sent(
    tls_server: HTTPServer, certificate: Path, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    cafile = str(certificate) if is_known else None
    monkeypatch.setattr(connecting, "tls_context", lambda: ssl.create_default_context(cafile=cafile))
    host = "other.example" if is_known else "jobs.example"
    assert failure_of(lambda: send("POST", f"https://{host}/apply", json={})).code == "http.not_sent"
    assert tls_server.log == []
