import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from integrations.errors import ConfigurationError
from integrations.lever import feed_reading
from integrations.lever.feed_fields import LONGEST_FIELD, MOST_LOCATIONS
from integrations.lever.feed_reading import Reading
from integrations.types import OfferedPosting, PostingRecord

ID = "33538a2f-d27d-4a96-8f05-fa4b0e4d940e"
PAGE = f"https://jobs.lever.co/acme/{ID}"
HTML = "<div>Drive &amp; <b>deliver</b></div><ul><li>trucks</li></ul>"
EXPECTED = PostingRecord(
    external_id=ID,
    title="Account Executive",
    url=PAGE,
    apply_url=f"{PAGE}/apply",
    location="Arlington, TX",
    all_locations=("Arlington, TX", "Remote"),
    country="US",
    department="Sales",
    team="Field",
    commitment="Full-time",
    workplace_type="onsite",
    description_html=HTML,
    salary="USD 90000 to 120000 per-year-salary",
    created_at=datetime(2019, 3, 21, 16, 33, 55, 299000, tzinfo=UTC),
)
SNAKE = f"""<job>
 <id>{ID}</id><employer>Acme</employer><position>Account Executive</position><category>Sales</category>
 <team>Field</team><location>Arlington, TX</location><commitment>Full-time</commitment><country>US</country>
 <all_locations><location>Arlington, TX</location><location>Remote</location></all_locations>
 <workplace_type>on-site</workplace_type><salary_range>USD 90000 to 120000 per-year-salary</salary_range>
 <description><![CDATA[{HTML}]]></description>
 <post_date>1553186035299</post_date><apply_url>{PAGE}/apply</apply_url>
</job>"""
ESCAPED = HTML.replace("&", "&amp;").replace("<", "&lt;")
CAMEL = f"""<job>
 <id>{ID}</id><title>Account Executive</title><hostedUrl>{PAGE}</hostedUrl><applyUrl>{PAGE}/apply</applyUrl>
 <categories><department>Sales</department><team>Field</team><location>Arlington, TX</location>
 <commitment>Full-time</commitment><allLocations><item>Arlington, TX</item><item>Remote</item></allLocations>
 </categories><country>US</country><workplaceType>onsite</workplaceType>
 <salaryRange><currency>USD</currency><min>90000</min></salaryRange>
 <salaryRange>ignored, since it stands twice</salaryRange>
 <descriptionBody>{ESCAPED}</descriptionBody><createdAt>1553186035299</createdAt>
</job>"""
JSON_JOB: dict[str, object] = {
    "id": ID,
    "text": "Account Executive",
    "categories": {
        "department": "Sales",
        "team": "Field",
        "location": "Arlington, TX",
        "commitment": "Full-time",
        "allLocations": ["Arlington, TX", "Remote"],
    },
    "country": "US",
    "description": HTML,
    "descriptionPlain": "Drive",
    "hostedUrl": PAGE,
    "applyUrl": f"{PAGE}/apply",
    "workplaceType": "onsite",
    "salaryRange": {"currency": "USD", "interval": "per-year-salary", "min": 90000, "max": 120000.0},
    "createdAt": 1553186035299,
}


def xml(*jobs: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<jobs>{"".join(jobs)}</jobs>'.encode()


def read_xml(body: bytes) -> tuple[list[PostingRecord], list[str]]:
    reading = Reading([])
    return records(reading.xml(io.BytesIO(body))), [str(it) for it in reading.warnings]


def read_json(body: bytes) -> tuple[list[PostingRecord], list[str]]:
    reading = Reading([])
    return records(reading.json(io.BytesIO(body))), [str(it) for it in reading.warnings]


def records(offered: Iterable[OfferedPosting]) -> list[PostingRecord]:
    return [record for it in offered if (record := it.record())]


def fingerprints(body: bytes) -> list[str]:
    return [it.fingerprint for it in Reading([]).xml(io.BytesIO(body))]


def job(**fields: str) -> str:
    given = {"id": ID, "position": "Driver", "apply_url": f"{PAGE}/apply", **fields}
    return "<job>" + "".join(f"<{name}>{value}</{name}>" for name, value in given.items() if value) + "</job>"


def code_of(body: bytes, *, is_json: bool = False) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_json(body) if is_json else read_xml(body)
    return caught.value.code


def test_flat_names_with_underscores_are_read() -> None:
    assert read_xml(xml(SNAKE)) == ([EXPECTED], [])


def test_nested_categories_and_camel_case_are_read() -> None:
    [record], warnings = read_xml(xml(CAMEL))
    assert record.salary == "USD 90000"
    assert (record.title, record.url, record.apply_url) == ("Account Executive", PAGE, f"{PAGE}/apply")
    assert (record.department, record.team, record.commitment) == ("Sales", "Field", "Full-time")
    assert record.all_locations == ("Arlington, TX", "Remote")
    assert record.description_html == HTML
    assert record.created_at == EXPECTED.created_at
    assert warnings == []


def test_json_is_read() -> None:
    assert read_json(json.dumps([JSON_JOB]).encode()) == ([EXPECTED], [])


def test_lists_and_closing_become_part_of_the_description() -> None:
    job = JSON_JOB | {"lists": [{"text": "Duties", "content": "<li>work</li>"}], "additional": "<p>Bye</p>"}
    [record], _ = read_json(json.dumps([job]).encode())
    assert record.description_html == f"{HTML}\n<h3>Duties</h3><ul><li>work</li></ul>\n<p>Bye</p>"


def test_html_that_stands_in_the_xml_as_it_is_is_taken() -> None:
    [record], _ = read_xml(xml(job(description="Drive <b>trucks</b><br/> daily")))
    assert record.description_html == "Drive <b>trucks</b><br/> daily"


def test_an_id_that_is_absent_is_taken_from_the_address() -> None:
    [record], _ = read_xml(xml(job(id="")))
    assert record.external_id == ID


@pytest.mark.parametrize(
    ("fields", "lack"),
    [
        ({"position": ""}, "title"),
        ({"apply_url": ""}, "address"),
        ({"apply_url": "javascript:alert(1)"}, "address"),
        ({"id": "", "apply_url": "https://acme.example/jobs/7"}, "id"),
        ({"id": "", "position": "", "apply_url": ""}, "id and title and address"),
    ],
)
def test_a_job_is_left_out_only_without_id_title_or_address(fields: dict[str, str], lack: str) -> None:
    records, warnings = read_xml(xml(job(**fields), job(position="Kept")))
    assert [record.title for record in records] == ["Kept"]
    assert warnings == [f"Job 1 was left out: it has no {lack}."]


def test_the_names_are_known_in_any_case() -> None:
    [record], _ = read_xml(xml(job(id="", position="", JOB_ID="7", Title="Driver", POSTDATE="2026-01-31")))
    assert (record.external_id, record.title) == ("7", "Driver")
    assert record.created_at == datetime(2026, 1, 31, tzinfo=UTC)


def test_elements_that_we_do_not_know_are_kept_within_bounds() -> None:
    [record], _ = read_xml(xml(job(colour="red", size="L")))
    assert record.unknown == {"colour": "red", "size": "L"}
    [record], _ = read_xml(xml(job(**{f"x{number}": "y" * 9000 for number in range(90)})))
    assert (len(record.unknown), {len(it) for it in record.unknown.values()}) == (20, {500})


def test_a_fingerprint_is_of_all_that_is_said_of_a_job() -> None:
    same = job(colour="red")
    one, other = fingerprints(xml(same, same))
    assert one == other
    changed = [job(colour="blue"), job(size="red"), job(colour="re", d=""), job(), SNAKE, CAMEL]
    assert len({one, *fingerprints(xml(*changed))}) == len(changed) + 1


@pytest.mark.parametrize("part", ["Remote", "Field", "90000"])
def test_what_is_nested_counts_in_the_fingerprint(part: str) -> None:
    assert fingerprints(xml(CAMEL)) != fingerprints(xml(CAMEL.replace(part, "Other")))


def test_what_is_odd_in_a_job_is_told_of_it() -> None:
    odd = job(workplace_type="on the moon", apply_url="", url=PAGE)
    [record, fine], _ = read_xml(xml(odd, job(id="2", workplace_type="On-Site")))
    assert [str(it) for it in record.warnings] == [
        "The feed tells no address of the application form; we take the job's page for it.",
        "The workplace type “on the moon” is not one that we know.",
    ]
    assert fine.warnings == ()


def test_an_id_that_is_too_long_to_be_kept_is_no_id() -> None:
    records, warnings = read_xml(xml(job(id="x" * 101)))
    assert (records, warnings) == ([], ["Job 1 was left out: it has no usable id."])


def test_a_list_without_jobs_is_a_feed() -> None:
    assert read_xml(xml()) == ([], [])
    assert read_xml(b"<jobs/>") == ([], [])
    assert read_json(b"[]") == ([], [])
    assert read_json(b"\xef\xbb\xbf [ ] ") == ([], [])


def test_other_encodings_and_namespaces_are_read() -> None:
    latin = '<?xml version="1.0" encoding="ISO-8859-1"?><jobs>' + job(position="Bäcker") + "</jobs>"
    assert read_xml(latin.encode("latin-1"))[0][0].title == "Bäcker"
    utf16 = '<?xml version="1.0" encoding="UTF-16"?><jobs>' + job(position="Bäcker") + "</jobs>"
    assert read_xml(utf16.encode("utf-16"))[0][0].title == "Bäcker"
    spaced = xml(job()).replace(b"<jobs>", b'<jobs xmlns="https://lever.example/feed">')
    assert read_xml(spaced)[0][0].title == "Driver"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"<html><body>Sign in</body></html>",
        b"<rss><channel><item/></channel></rss>",
        b"<feed>" + job().encode() + b"</feed>",
        xml(job())[:-7],
        xml(job(), "<job><id>1</id"),
        xml(job(position="R & D")),
        xml(job(position="R&nbsp;D")),
        xml(job()).replace(b"Driver", b"\xff\xfe"),
        b"<x/>" * 10,
    ],
)
def test_what_is_no_list_of_jobs_is_told(body: bytes) -> None:
    assert code_of(body) == "lever.feed_not_understood"


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE jobs>",
        '<!DOCTYPE jobs SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE jobs [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE jobs [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    ],
)
def test_any_doctype_is_refused(doctype: str) -> None:
    body = f'<?xml version="1.0"?>{doctype}<jobs>{job()}</jobs>'
    assert code_of(body.encode()) == "lever.feed_doctype"
    assert code_of(body.encode("utf-16")) == "lever.feed_doctype"
    assert code_of(body.replace("Driver", "&x;&a;&b;").encode()).startswith("lever.feed_")


def test_a_file_that_never_ends_a_job_is_not_read_into_memory() -> None:
    assert code_of(b"<jobs>" + b"<x/>" * 1_200_000 + b"</jobs>") == "lever.feed_not_understood"
    assert code_of(b"<jobs><job>" + b"<x/>" * 1_200_000 + b"</job></jobs>") == "lever.feed_not_understood"
    assert code_of(b"[" + b'{"id": "' + b"x" * 9_000_000, is_json=True) == "lever.feed_not_understood"


def test_depth_is_bounded() -> None:
    assert (
        code_of(b"<jobs><job>" + b"<x>" * 5000 + b"</x>" * 5000 + b"</job></jobs>")
        == "lever.feed_not_understood"
    )
    assert code_of(b"[" * 100_000, is_json=True) == "lever.feed_not_understood"


def test_a_field_that_is_too_long_is_cut_with_a_warning() -> None:
    [record], _ = read_xml(xml(job(description="x" * (LONGEST_FIELD + 1))))
    assert len(record.description_html) == LONGEST_FIELD
    told = [str(it) for it in record.warnings]
    assert told == [f"description is longer than {LONGEST_FIELD} characters and was cut."]


def test_too_many_jobs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_reading, "MOST_JOBS", 2)
    assert code_of(xml(*(job(id=str(number)) for number in range(3)))) == "lever.feed_too_many_jobs"


def test_warnings_are_bounded() -> None:
    _, warnings = read_xml(xml(*(job(position="") for _ in range(300))))
    assert len(warnings) == 100


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"ok": false}', b"<jobs/>", b"[", b'[{"id": 1}', b'[{"id": 1}, oops]', b'["\xff'],
)
def test_json_that_is_no_list_or_breaks_off_is_told(body: bytes) -> None:
    assert code_of(body, is_json=True) == "lever.feed_not_understood"


def test_many_json_jobs_are_read_across_pieces() -> None:
    jobs = [JSON_JOB | {"id": str(number), "description": "ä" * 3000} for number in range(200)]
    records, _ = read_json(json.dumps(jobs, ensure_ascii=False, indent=1).encode())
    assert [record.external_id for record in records] == [str(number) for number in range(200)]


def test_what_a_database_cannot_hold_is_taken_out_of_json() -> None:
    job = JSON_JOB | {
        "text": "Dri\0ver \ud800",
        "country": None,
        "tags": [1, None],
        "salaryRange": "free text",
    }
    [record], _ = read_json(json.dumps([job, 7, None]).encode())
    assert (record.title, record.country, record.salary) == ("Driver ?", "", "free text")


@pytest.mark.parametrize(
    "created", ["", "soon", "99999999999999999999999", "-1e5", "9999-12-31T23:59:59-12:00"]
)
def test_a_time_that_makes_no_sense_counts_as_absent(created: str) -> None:
    [record], _ = read_xml(xml(job(post_date=created)))
    assert record.created_at is None


def test_an_amount_that_no_salary_has_is_none() -> None:
    job = {"id": "1", "text": "Driver", "hostedUrl": "https://jobs.lever.co/acme/1"}
    body = json.dumps([{**job, "salaryRange": {"currency": "USD", "min": 10**400, "max": 5}}]).encode()
    [record], _ = read_json(body)
    assert record.salary == "USD 5"


def test_a_posting_has_so_many_locations_and_no_more() -> None:
    job = {"id": "1", "text": "Driver", "hostedUrl": "https://jobs.lever.co/acme/1"}
    places = [f"Town {number}" for number in range(MOST_LOCATIONS + 1)]
    [record], _ = read_json(
        json.dumps([{**job, "applyUrl": "https://x/apply", "allLocations": places}]).encode()
    )
    assert record.all_locations == tuple(places[:MOST_LOCATIONS])
    assert any("locations" in str(it) for it in record.warnings)
