import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from integrations.appcast.markup import TAGS, sanitised_html, text_of


def test_formatting_stays() -> None:
    body = "<div><h3>You</h3><ul><li><b>lift</b> <em>boxes</em></li></ul>twice<br></div>"
    assert sanitised_html(body) == body


@pytest.mark.parametrize("url", ["https://x.example/a?b=c", "http://x.example", "mailto:jobs@x.example"])
def test_an_absolute_link_stays_and_cannot_reach_the_opener(url: str) -> None:
    assert sanitised_html(f'<a href="{url}">x</a>') == f'<a href="{url}" rel="noopener">x</a>'


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "/jobs", "//x.example", "java\tscript:x"]
)
def test_any_other_link_goes_nowhere(url: str) -> None:
    assert sanitised_html(f'<a href="{url}">x</a>') == '<a rel="noopener">x</a>'


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<p title="t" lang="de" class="c" id="i" style="color:red" onclick="x()">a</p>', "<p>a</p>"),
        ("a<script>alert(1)</script><style>p{}</style>b", "ab"),
        ('a<img src="x" onerror="alert(1)"><iframe src="https://x.example"></iframe>b', "ab"),
        ("<!-- note -->a", "a"),
        ("<form><input></form>a", "a"),
        ("a\0b\x1b&#27;&#xffff;\ud800c", "abc"),
        ("<p>never closed", "<p>never closed</p>"),
    ],
)
def test_all_else_is_taken_away(markup: str, expected: str) -> None:
    assert sanitised_html(markup) == expected


@given(
    inner=st.text(), tag=st.sampled_from(["script", "p", "svg", "math", "style", "a", "noscript", "title"])
)
def test_nothing_but_the_listed_tags_and_attributes_comes_out(inner: str, tag: str) -> None:
    cleaned = sanitised_html(f"<{tag} onload='x' title=y>{inner}<p title=z>a</p></{tag}>")
    for element in html.fragment_fromstring(cleaned, create_parent="div").iterdescendants():
        assert element.tag in TAGS
        assert set(element.attrib) <= {"href", "rel"}


def test_sanitising_twice_changes_nothing_more() -> None:
    once = sanitised_html("<p>a &amp; b < c <a href='https://x.example/?a=1&b=2'>d</a>")
    assert sanitised_html(once) == once


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Lift</p><p>boxes</p>", "Lift boxes"),
        ("a &lt;b&gt; &amp;\n\n c", "a <b> & c"),
        ("<script>alert(1)</script>", ""),
    ],
)
def test_the_text_is_what_is_read(markup: str, text: str) -> None:
    assert text_of(markup) == text
