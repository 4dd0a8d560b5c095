from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from integrations.appcast import feed
from integrations.appcast.feed import END, START, FeedJob, elements_of, findings_of
from integrations.appcast.markup import allowed
from integrations.appcast.references import posting_id_of

POSTING = "5ac21346-8e0c-4494-8e7a-3eb92ff77902"
LONG_BODY = "<p>You move food, medicine and spare parts between 40 warehouses.</p>"
JOB = FeedJob(
    posting_external_id=POSTING,
    title="Forklift Operator",
    company="Northwind & Sons",
    url="https://jobs.lever.co/northwind/5ac21346?a=1&b=2",
    posted_on=date(2026, 1, 5),
    locations=("Columbus, OH",),
    country="US",
    job_type="Full-time",
    category="Operations",
    body_html=LONG_BODY,
    is_mobile_friendly=True,
)
DUBLIN = replace(JOB, locations=("Galway, Ireland", "Boston, MA", "Portland"), country="IE")


def parsed(*jobs: FeedJob) -> list[dict[str, str]]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    elements = (element.encode() for job in jobs for element in elements_of(job))
    root = etree.fromstring(b"".join([START, *elements, END]), parser)
    assert root.tag == "jobs"
    assert {element.tag for element in root} <= {"job"}
    return [{str(field.tag): field.text or "" for field in job} for job in root]


def test_a_job_has_appcasts_elements() -> None:
    assert parsed(JOB) == [
        {
            "job_reference": POSTING,
            "title": "Forklift Operator",
            "company": "Northwind & Sons",
            "url": "https://jobs.lever.co/northwind/5ac21346?a=1&b=2",
            "location": "Columbus, OH",
            "city": "Columbus",
            "state": "OH",
            "zip": "",
            "country": "US",
            "job_type": "Full-time",
            "posted_at": "2026-01-05",
            "category": "Operations",
            "html_jobs": "Yes",
            "mobile_friendly_apply": "Yes",
            "body": LONG_BODY,
        }
    ]


def test_a_job_that_appcast_cannot_take_says_so() -> None:
    assert parsed(replace(JOB, is_mobile_friendly=False))[0]["mobile_friendly_apply"] == "No"


def test_a_feed_without_jobs_is_well_formed_and_declared() -> None:
    assert parsed() == []
    assert START.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n')


def warnings_of(job: FeedJob) -> tuple[str, ...]:
    return tuple(str(it.says) for it in findings_of(job))


def test_a_posting_in_several_places_is_several_jobs() -> None:
    jobs = parsed(DUBLIN)
    assert [(job["city"], job["state"], job["country"]) for job in jobs] == [
        ("Galway", "", "IE"),
        ("Boston", "MA", "US"),
        ("Portland", "", "IE"),
    ]
    assert len({job["job_reference"] for job in jobs}) == 3
    assert {posting_id_of(job["job_reference"]) for job in jobs} == {POSTING}
    assert {job["url"] for job in jobs} == {JOB.url}


def test_the_body_is_sanitised_and_cannot_leave_its_section() -> None:
    hostile = (
        "<p title='t'>a ]]> b</p><script>x</script><a href='https://x.example/]]>'>c</a>]]&gt;<cpc>9</cpc>"
    )
    (job,) = parsed(replace(JOB, body_html=hostile))
    assert job["body"] == ('<p>a ]]&gt; b</p><a href="https://x.example/]]&gt;" rel="noopener">c</a>]]&gt;9')


def test_the_section_holds_even_what_the_sanitiser_might_let_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "sanitised_html", str)
    assert parsed(replace(JOB, body_html="a]]>]]><cpc>9</cpc>"))[0]["body"] == "a]]>]]><cpc>9</cpc>"


def test_markup_in_other_elements_is_text() -> None:
    (job,) = parsed(replace(JOB, title="R&D <b>]]> &lt;", company='"A"\n  <cpc>1</cpc>'))
    assert job["title"] == "R&D <b>]]> &lt;"
    assert job["company"] == '"A" <cpc>1</cpc>'


def test_what_xml_forbids_is_dropped() -> None:
    (job,) = parsed(
        replace(JOB, title="a\0b\x08c\ufffed\ud800e\U0001f600", body_html="<p>\x0b\ud800x&#27;\uffff</p>")
    )
    assert (job["title"], job["body"]) == ("abcde😀", "<p>x</p>")


texts = st.text(st.characters(exclude_categories=[]), max_size=30)
hostile = st.lists(
    texts | st.sampled_from(["]]>", "\ud800", "&#27;", "<![CDATA[", "<p>", "</job>", "&", "<!--", "\0"])
).map("".join)


@given(
    job=st.builds(
        FeedJob,
        posting_external_id=st.uuids().map(str),
        title=hostile,
        company=hostile,
        url=hostile,
        posted_on=st.dates(),
        locations=st.lists(hostile, max_size=4).map(tuple),
        country=hostile,
        job_type=hostile,
        category=hostile,
        body_html=hostile,
        is_mobile_friendly=st.booleans(),
    )
)
def test_whatever_customers_write_the_feed_is_well_formed(job: FeedJob) -> None:
    jobs = parsed(job, JOB)
    assert {posting_id_of(each["job_reference"]) for each in jobs} == {job.posting_external_id, POSTING}
    assert len({each["job_reference"] for each in jobs}) == len(jobs)
    assert jobs[0]["title"] == allowed(" ".join(job.title.split()))
    assert isinstance(warnings_of(job), tuple)


def test_a_good_job_has_no_warnings() -> None:
    assert warnings_of(JOB) == ()
    assert warnings_of(DUBLIN) == ()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"locations": ()}, "no location"),
        ({"locations": ("", " ")}, "no location"),
        ({"locations": ("Remote - US",)}, "“Remote - US”"),
        ({"locations": ("Columbus, OH", "Remote", "Anywhere")}, "“Remote”, “Anywhere”"),
        ({"body_html": "<p>Apply   now!</p>" + "<br>" * 50}, "has 10 characters of text"),
        ({"body_html": ""}, "has 0 characters of text"),
        ({"url": "http://jobs.lever.co/northwind/1"}, "https://"),
        ({"url": ""}, "https://"),
    ],
)
def test_what_job_boards_may_refuse_is_told_in_a_sentence(changes: dict[str, object], told: str) -> None:
    (warning,) = warnings_of(replace(JOB, **changes))  # type: ignore[arg-type]
    assert told in warning
    assert warning.endswith(".")


def test_all_warnings_are_told() -> None:
    assert len(warnings_of(replace(JOB, locations=(), body_html="", url="ftp://x"))) == 3
