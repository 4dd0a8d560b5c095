"""What Django is told of a request."""

from io import BytesIO

from config.serving.environ import environ_of
from tests.server import scope_of


def test_a_request_is_told_in_the_terms_of_wsgi() -> None:
    scope = scope_of(
        "/größe/?a=%20b", "POST", {"Content-Type": "text/plain", "X-Request-ID": "1"}, "10.0.0.9"
    )
    environ = environ_of(scope, BytesIO(b"four"))
    told = {name: environ[name] for name in environ if not name.startswith("wsgi.") and name != "HTTP_HOST"}
    assert told == {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/größe/".encode().decode("latin-1"),
        "QUERY_STRING": "a=%20b",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "10.0.0.9",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "4",
        "HTTP_X_REQUEST_ID": "1",
    }
    assert (environ["wsgi.url_scheme"], environ["wsgi.input"].read()) == ("https", b"four")


def test_what_is_told_twice_is_joined_as_http_has_it() -> None:
    scope = scope_of("/", "GET", {})
    twice = [(b"x-a", b"1"), (b"cookie", b"a=1"), (b"x-a", b"2"), (b"cookie", b"b=2")]
    environ = environ_of({**scope, "headers": twice}, BytesIO())
    assert (environ["HTTP_X_A"], environ["HTTP_COOKIE"]) == ("1,2", "a=1; b=2")


def test_nobody_passes_for_the_balancer_by_an_underscore() -> None:
    names = {"X-Forwarded-For": "10.0.0.1", "X_Forwarded_For": "6.6.6.6", "Content_Length": "7"}
    environ = environ_of(scope_of("/", "GET", names), BytesIO())
    assert (environ["HTTP_X_FORWARDED_FOR"], environ["CONTENT_LENGTH"]) == ("10.0.0.1", "0")
    assert "6.6.6.6" not in str(environ)
