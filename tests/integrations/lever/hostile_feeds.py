"""Feeds as no well-meaning system writes them: each with what must come of it.

An int is how many jobs are read; a text the code it is refused with.
"""

from collections.abc import Iterator
from dataclasses import dataclass

ID = "33538a2f-d27d-4a96-8f05-fa4b0e4d940e"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
BROKEN, DOCTYPE = "lever.feed_not_understood", "lever.feed_doctype"
MANY = 6 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    body: bytes
    outcome: int | str


def job(inner: str = "", external_id: str = ID, title: str = "Driver") -> str:
    url = f"https://jobs.lever.co/acme/{external_id}"
    return f"<job><id>{external_id}</id><position>{title}</position><hostedUrl>{url}</hostedUrl>{inner}</job>"


def jobs(*inner: str, head: str = HEAD) -> bytes:
    return f"{head}<jobs>{''.join(inner)}</jobs>".encode()


def cases() -> Iterator[Case]:
    yield from (Case(name, body, BROKEN) for name, body in cut_off())
    yield from (Case(name, body, BROKEN) for name, body in not_well_formed())
    yield from (Case(name, body, DOCTYPE) for name, body in doctypes())
    yield from (Case(name, body, BROKEN) for name, body in other_documents())
    yield from (Case(name, body, BROKEN) for name, body in too_much())
    yield from read_all_the_same()


def cut_off() -> Iterator[tuple[str, bytes]]:
    """Wherever the connection may break."""
    whole = jobs(job("<description><![CDATA[<p>ä</p>]]></description>"), job(external_id="2"))
    marks = {
        "in the declaration": b" encoding",
        "before the root": b"<jobs>",
        "in a tag": b"osition>",
        "in an end tag": b"</position",
        "in CDATA": b"ption><![CDATA[<p>",
        "within a character": b"\xa4",
        "before the end of CDATA": b"]]>",
        "after the first job": b"<job><id>2",
        "before the last tag": b"</jobs>",
    }
    yield from ((f"cut off {name}", whole[: whole.index(mark)]) for name, mark in marks.items())


def not_well_formed() -> Iterator[tuple[str, bytes]]:
    yield "a bare ampersand", jobs(job("<description>R & D</description>"))
    yield "a bare less-than", jobs(job("<description>1 < 2</description>"))
    yield "an entity of HTML", jobs(job("<description>R&nbsp;D</description>"))
    yield "an entity that nobody declared", jobs(job("<description>&x;</description>"))
    yield "tags that cross", jobs("<job><id>1</position></id></job>")
    yield "an end without a beginning", jobs("</job>")
    yield "a tag that does not end", jobs("<job><id>1<id></job>")
    yield "two roots", jobs(job()) + b"<jobs/>"
    yield "text behind the root", jobs(job()) + b"thanks"
    yield "the same attribute twice", jobs('<job a="1" a="2"></job>')
    yield "an attribute without quotes", jobs("<job a=1></job>")
    yield "a name that begins with a digit", jobs("<job><1id>7</1id></job>")
    yield "a NUL", jobs(job("<description>a\0b</description>"))
    yield "a control character", jobs(job("<description>a\x0bb</description>"))
    yield "a control character as a number", jobs(job("<description>&#11;</description>"))
    yield "half a surrogate as a number", jobs(job("<description>&#xd800;</description>"))
    yield "a number beyond Unicode", jobs(job("<description>&#x110000;</description>"))
    yield "the end of CDATA in text", jobs(job("<description>a ]]> b</description>"))
    yield "CDATA in CDATA", jobs(job("<description><![CDATA[a <![CDATA[b]]> c ]]></description>"))
    yield "a comment with two dashes", jobs("<!-- a -- b -->", job())
    yield "a prefix that nobody declared with a broken tag", jobs("<x:job><x:id>1</x:job>")
    yield "a declaration in the middle", b"\n" + jobs(job())
    yield "two declarations", HEAD.encode() + jobs(job())
    yield "bytes that are no UTF-8", jobs(job(title="B?cker")).replace(b"?", b"\xe4", 3)[5:]
    yield "an encoding that nobody knows", jobs(job(), head='<?xml version="1.0" encoding="klingon"?>')
    yield "UTF-16 that says it is UTF-8", jobs(job()).decode().encode("utf-16-le")[:99]
    yield "UTF-8 that says it is UTF-16", jobs(job(), head='<?xml version="1.0" encoding="UTF-16"?>')
    yield "an overlong slash", jobs(job(title="?")).replace(b"?</pos", b"\xc0\xaf</pos")


def doctypes() -> Iterator[tuple[str, bytes]]:
    """However it is said: billions of laughs, files of ours, addresses of our network."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    subsets = {
        "a bare DOCTYPE": "",
        "a billion laughs": f'[<!ENTITY l0 "ha">{laughs}]',
        "one entity a thousand times": f'[<!ENTITY a "{"a" * 50_000}">]',
        "a file of ours": '[<!ENTITY x SYSTEM "file:///etc/passwd">]',
        "an address of our network": '[<!ENTITY x SYSTEM "http://169.254.169.254/latest/meta-data/">]',
        "a parameter entity": '[<!ENTITY % x SYSTEM "http://127.0.0.1:1/x.dtd"> %x;]',
        "an outside DTD": 'SYSTEM "http://127.0.0.1:1/jobs.dtd"',
        "a public DTD": 'PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://127.0.0.1:1/x.dtd"',
        "an attribute's default": '[<!ATTLIST job id CDATA "1">]',
        "an element's content": "[<!ELEMENT jobs (job*)>]",
        "a notation": '[<!NOTATION n SYSTEM "n">]',
    }
    for name, subset in subsets.items():
        yield f"DOCTYPE: {name}", jobs(job(), head=f"{HEAD}<!DOCTYPE jobs {subset}>")
    yield "DOCTYPE: in UTF-16", jobs(job(), head="<!DOCTYPE jobs>").decode().encode("utf-16")
    yield "DOCTYPE: without a job", jobs(head="<!DOCTYPE jobs>")


def other_documents() -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "blanks", b" \r\n\t "
    yield "text", b"Service temporarily unavailable"
    yield "a page", b"<html><body><h1>Jobs</h1></body></html>"
    yield "RSS", b"<rss><channel><item><title>Driver</title></item></channel></rss>"
    yield "Atom", b'<feed xmlns="http://www.w3.org/2005/Atom"><entry/></feed>'
    yield "a sitemap", b"<urlset><url><loc>https://acme.example/</loc></url></urlset>"
    yield "SOAP", b"<Envelope><Body><jobs><job/></jobs></Body></Envelope>"
    yield "one job without a list", job().encode()
    yield "jobs within jobs within another root", b"<source>" + job().encode() + b"</source>"
    yield "JSON", b'[{"id": "1"}]'
    yield "gzip", b"\x1f\x8b\x08\x00" + b"\0" * 40
    yield "a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40
    yield "noise", bytes(range(256)) * 20


def too_much() -> Iterator[tuple[str, bytes]]:
    yield "a depth that no job has", jobs("<job>" + "<x>" * 5_000 + "</x>" * 5_000 + "</job>")
    yield "a job that never ends", jobs("<job>" + "<x/>" * (MANY // 4) + "</job>")
    yield "what is no job without end", jobs("<x/>" * (MANY // 4))
    yield "no job among what stands there", jobs("<posting/>", "<wrapper><job/></wrapper>")
    yield "one text without end", jobs(job(f"<description>{'x' * 2 * MANY}</description>"))
    yield "one name without end", jobs(f"<{'x' * 200_000}/>" * 40)
    yield "one attribute without end", jobs(f'<job x="{"x" * 2 * MANY}"></job>')
    yield "one comment without end", jobs(f"<!-- {'x' * 2 * MANY} -->", job())


def read_all_the_same() -> Iterator[Case]:
    yield Case("a mark of byte order", b"\xef\xbb\xbf" + jobs(job()), 1)
    yield Case("no declaration", jobs(job(), head=""), 1)
    yield Case("comments everywhere", jobs("<!-- a -->", job("<!-- b -->"), "<!-- c -->"), 1)
    yield Case("instructions for others", jobs('<?xml-stylesheet href="x"?>', job("<?php die(); ?>")), 1)
    yield Case("text between the jobs", jobs("one", job(), "two", job(external_id="2"), "three"), 2)
    yield Case("another namespace", jobs(job()).replace(b"<jobs>", b'<jobs xmlns="urn:x">'), 1)
    yield Case("names in capitals", jobs(job().upper()).replace(b"jobs>", b"JOBS>"), 1)
    many = (f"{'<x/>' * (256 * 1024)}{job(external_id=str(number))}" for number in range(20))
    yield Case("what is no job between the jobs", jobs(*many), 20)
    yield Case("a job within a job", jobs(job(job(external_id="2"))), 1)
    yield Case("jobs in a wrapper", jobs(f"<wrapper>{job()}</wrapper>", job(external_id="2")), 1)
    yield Case("a job that is empty", jobs("<job/>", job()), 1)
    yield Case("a job of blanks", jobs("<job><id> </id><position>\n</position></job>", job()), 1)
    yield Case("a script for a page", jobs(job().replace("https:", "javascript:")), 0)
    yield Case("a file for a page", jobs(job().replace("https:", "file:")), 0)
    yield Case("an id of a kilometre", jobs(job(external_id="x" * 5_000)), 0)
    yield Case("an id that is a path", jobs(job(external_id="../../etc/passwd")), 1)
    yield Case("HTML as elements", jobs(job("<description>a <b>b</b><br/> c</description>")), 1)
    yield Case("CDATA in two parts", jobs(job("<description><![CDATA[a]]]]><![CDATA[>b]]></description>")), 1)
    yield Case("a time of nonsense", jobs(job("<post_date>99999999999999999999</post_date>")), 1)
    yield Case("a location in a location", jobs(job("<location><location>Rome</location></location>")), 1)
    yield Case("a hundred unknown elements", jobs(job("".join(f"<x{n}>y</x{n}>" for n in range(100)))), 1)
    yield Case("words that SQL knows", jobs(job(title="'; DROP TABLE integrations_posting; --")), 1)
    yield Case("a template's braces", jobs(job(title="{{ settings.SECRET_KEY }} %(x)s {0}")), 1)
