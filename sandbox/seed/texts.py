"""The prose of a posting, as a customer's recruiters would write it: HTML, with all that comes with it."""

from sandbox.seed.companies import Company, Job, Place


def opening_of(company: Company) -> str:
    return (
        f"<div><b>{company.name}</b> {company.does}. We have grown every year since 2009, and most of our team leads "
        "started in the job that they now lead.</div>"
    )


def body_of(company: Company, job: Job, place: Place) -> str:
    return (
        f"<div>We are looking for a <b>{job.title}</b> for our {job.team} team ({job.department}) in {place.name}. "
        f"This is a {job.commitment.lower()} position; you will report to the head of {job.team}.</div>"
        "<div><br></div><div>Pay &amp; hours are agreed before you start, not after. "
        '<span style="font-size: 18px">No travel beyond the region.</span></div>'
    )


def lists_of(job: Job) -> list[dict[str, str]]:
    """Lever gives the items without the list around them."""
    return [
        {
            "text": "What you will do",
            "content": f"<li>Take your share of the daily work of {job.team}</li><li>Keep what you use in order</li>"
            "<li>Tell us early when something does <i>not</i> work</li><li>Help new colleagues to settle in</li>",
        },
        {
            "text": "What you bring",
            "content": f"<li>Experience as {job.title}, or the will to learn it</li>"
            "<li>Reliability &amp; good humour</li><li>Enough English to follow safety instructions</li>",
        },
        {
            "text": "What we offer",
            "content": "<li>Health cover from the first day</li><li>25 days of paid leave</li><li>Paid training</li>",
        },
    ]


def closing_of(company: Company) -> str:
    host = f"www.{company.key}.example"
    return (
        f"<div>{company.name} is an equal opportunity employer. If you need an adjustment for the interview, tell us. "
        f'<a class="postings-link" href="https://{host}/careers">Read more about working here</a>.</div>'
    )
