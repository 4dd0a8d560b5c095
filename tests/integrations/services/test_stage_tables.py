"""Stages as people paste them: what is understood, and what is named with what to do."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.lever.stage_ids import clean_stage_id
from integrations.services.stage_tables import MOST_LINES, read_table

PHONE, SITE, TRIAL = (
    "67c97049-1e8f-4e83-8eb3-774a1ea86cdf",
    "0c023c34-27b7-4a50-9a1b-1e36a1d0a0f2",
    "f2b0a4f8-3c65-4f0e-8b3a-90c0d2a75c11",
)
# As the guide shows an id that was copied from Lever's page.
PHONE_AS_COPIED = "67c97049 - 1e8f - 4e83 - 8eb3 - 774a1ea86cdf"


def rows(pasted: str) -> list[tuple[str, str, str]]:
    table = read_table(pasted, clean_stage_id)
    assert table.problems == []
    return [(row.workflow, row.name, row.external_id) for row in table.rows]


def problems(pasted: str) -> list[tuple[int, str]]:
    return [(it.number, str(it.message)) for it in read_table(pasted, clean_stage_id).problems]


def test_a_spreadsheet_with_headings_is_understood() -> None:
    pasted = f"Stage name\tStage ID\nPhone screen\t{PHONE}\nOn-site, first round\t{SITE}\nOffer\toffer\n"
    assert rows(pasted) == [
        ("", "Phone screen", PHONE),
        ("", "On-site, first round", SITE),
        ("", "Offer", "offer"),
    ]


def test_the_id_may_come_first() -> None:
    pasted = f"{PHONE}\tPhone screen\n{SITE}, Interview\napplicant-new\tNew applicant"
    assert rows(pasted) == [
        ("", "Phone screen", PHONE),
        ("", "Interview", SITE),
        ("", "New applicant", "applicant-new"),
    ]


def test_an_e_mail_with_name_and_id_on_lines_of_their_own_is_understood() -> None:
    pasted = f"""Stage Name: Phone screen
Stage ID: {PHONE_AS_COPIED}

Stage Name: Paid trial shift
Stage ID: {TRIAL}
"""
    assert rows(pasted) == [("", "Phone screen", PHONE), ("", "Paid trial shift", TRIAL)]


@pytest.mark.parametrize(
    "label",
    [
        "Arbeitsablauf",
        "Ablauf 2",
        "Bewerbungsprozess",
        "Recruiting-Prozess",
        "Name des Arbeitsablaufs",
        "Prozess",
    ],
)
def test_workflows_have_german_names_too(label: str) -> None:
    assert rows(f"{label}: Hourly hiring\nPhone screen\t{PHONE}") == [
        ("Hourly hiring", "Phone screen", PHONE)
    ]


@pytest.mark.parametrize("heading", ["Arbeitsablauf", "Prozess", "Bewerbungsprozess"])
def test_a_column_of_workflows_may_have_a_german_heading(heading: str) -> None:
    assert rows(f"{heading}\tPhase\tPhasen-ID\nHourly\tPhone\t{PHONE}") == [("Hourly", "Phone", PHONE)]


@pytest.mark.parametrize(
    "cut", [PHONE[:-3], PHONE[3:], PHONE_AS_COPIED[:-3], PHONE[:23], PHONE.replace("1e8f", "1e8")]
)
def test_an_id_that_was_cut_off_is_called_so(cut: str) -> None:
    """Whatever stands beside it, or in the line before; what is left of the table is understood as ever."""
    digits = len(cut.replace("-", "").replace(" ", ""))
    says = f"Expected an id of 32 letters and digits; this one has {digits}. Please copy it again in Lever."
    for lines in (
        f"7. On-site {cut} with the lead",
        f"On-site\n{cut}",
        f"Stage name: On-site\nStage ID: {cut}",
    ):
        pasted = f"Drivers\n{lines}\nOffer\t{SITE}"
        table = read_table(pasted, clean_stage_id)
        assert [str(it.message) for it in table.problems] == [says], lines
        assert [(row.workflow, row.name) for row in table.rows] == [("Drivers", "Offer")], lines


@pytest.mark.parametrize("line", ["As of 2026-11-12, 10:30", "Call 0049-170-1234567", "Add-a-face check"])
def test_dates_and_numbers_are_no_ids_that_were_cut_off(line: str) -> None:
    assert not any("letters and digits" in said for _, said in problems(f"{line}\nPhone\t{PHONE}"))


def test_in_an_e_mail_a_line_without_a_label_names_the_workflow() -> None:
    pasted = f"""Default workflow
Stage ID: {PHONE}
Stage Name: Phone screen
Hourly hiring
Stage ID: {TRIAL}
Stage Name: Paid trial shift"""
    assert rows(pasted) == [
        ("Default workflow", "Phone screen", PHONE),
        ("Hourly hiring", "Paid trial shift", TRIAL),
    ]


def test_a_document_with_bullets_blanks_and_long_dashes_is_understood() -> None:
    pasted = f"""Default workflow
\u2022 Phone screen (30 min) \u2014 {PHONE_AS_COPIED}
\u2022 On-site \u2013 {SITE.replace("-", chr(0x2013))}
* Offer: offer
- \u201cPaid trial\u201d ({TRIAL.upper()})
"""
    assert rows(pasted) == [
        ("Default workflow", "Phone screen (30 min)", PHONE),
        ("Default workflow", "On-site", SITE),
        ("Default workflow", "Offer", "offer"),
        ("Default workflow", "Paid trial", TRIAL),
    ]


def test_several_workflows_one_after_another_are_kept_apart() -> None:
    pasted = f"Drivers\nNew applicant\tapplicant-new\nPhone\t{PHONE}\n\nSales, EMEA\nNew applicant\tapplicant-new\n"
    assert rows(pasted) == [
        ("Drivers", "New applicant", "applicant-new"),
        ("Drivers", "Phone", PHONE),
        ("Sales, EMEA", "New applicant", "applicant-new"),
    ]


def test_three_columns_are_workflow_stage_and_id() -> None:
    assert rows(f"Drivers | Phone screen | {PHONE}\nSales,Phone screen,{SITE}") == [
        ("Drivers", "Phone screen", PHONE),
        ("Sales", "Phone screen", SITE),
    ]


def test_a_merged_cell_holds_for_the_rows_below() -> None:
    pasted = f"Drivers\tPhone screen\t{PHONE}\n\tOn-site\t{SITE}\nSales\tTrial\t{TRIAL}"
    assert [row[0] for row in rows(pasted)] == ["Drivers", "Drivers", "Sales"]


def test_headings_tell_which_column_is_which() -> None:
    pasted = f"Stage\tNotes\tID\tWorkflow\nPhone screen\tby Ann\t{PHONE}\tDrivers\nOn-site\t\t{SITE}\tSales"
    assert rows(pasted) == [("Drivers", "Phone screen", PHONE), ("Sales", "On-site", SITE)]


def test_a_line_that_does_not_fill_the_columns_is_read_as_any_other() -> None:
    assert rows(f"Stage\tID\nPhone screen {PHONE}") == [("", "Phone screen", PHONE)]


def test_a_name_that_looks_like_an_id_is_a_name_where_a_column_says_so() -> None:
    assert rows("Stage,ID\nfollow-up,lead-new") == [("", "follow-up", "lead-new")]


@pytest.mark.parametrize(
    "line",
    [
        f"1\tPhone screen\t{PHONE}",
        f"Phone screen\t30\t{PHONE}\t2024-01-31",
        f"o\tPhone screen\t{PHONE}",
        f"Stage Name: Phone screen, Stage ID: {PHONE}",
        f"Phone screen (ID: {PHONE_AS_COPIED})",
        f"Stage: Phone screen | ID = {PHONE}",
        f"Phone screen{PHONE}",
        f'"Phone screen","{PHONE}"',
        f"Stage name\tPhone screen\tStage ID\t{PHONE}",
        f"Phone screen\n{PHONE}",
        f"{PHONE}\nPhone screen",
        f"Name: Phone screen\n{PHONE}",
        PHONE[:9] + "\u200b" + PHONE[9:] + "\tPhone screen",
    ],
)
def test_numbers_labels_and_quotation_marks_are_passed_over(line: str) -> None:
    assert rows(line) == [("", "Phone screen", PHONE)]


def test_a_labelled_workflow_is_one() -> None:
    pasted = f"Workflow: Drivers\nPhone screen\t{PHONE}\nPipeline | Sales\nStage: On-site\nID: {SITE}"
    assert [row[0] for row in rows(pasted)] == ["Drivers", "Sales"]


def test_a_name_of_one_lower_case_word_may_stand_above_its_id() -> None:
    assert rows(f"take-home\n{PHONE}\nVideo pre-screen\n{SITE}") == [
        ("", "take-home", PHONE),
        ("", "Video pre-screen", SITE),
    ]


def test_a_third_text_is_named_with_what_to_do() -> None:
    found = problems(f"Drivers\tPhone screen\tAnn\t{PHONE}")
    assert found[0][0] == 1
    assert "3 texts beside the id" in found[0][1]
    assert "Please remove the columns that are not needed." in found[0][1]


def test_what_was_not_understood_is_told_in_the_readers_language() -> None:
    """A count in its plural form, the word from the line as it stands."""
    pasted = f"Drivers\tPhone screen\tAnn\t{PHONE}\nNew applicant applicant-new"
    third, word = (it.message for it in read_table(pasted, clean_stage_id).problems)
    assert (third.values, bool(third.plural)) == ({"count": 3}, True)
    assert word.values == {"word": "applicant-new"}


def test_an_id_that_stands_there_twice_is_named() -> None:
    table = read_table(f"Phone\t{PHONE}\nPhone again\t{PHONE.upper()}", clean_stage_id)
    assert [row.name for row in table.rows] == ["Phone"]
    assert [(it.number, str(it.message)) for it in table.problems] == [
        (2, "This id stands in the table twice.")
    ]


def test_an_id_without_a_name_is_named() -> None:
    assert problems(PHONE) == [(1, "Expected a name beside this id.")]
    assert problems(f"{PHONE}\n{SITE}\n") == [
        (1, "Expected a name beside this id."),
        (2, "Expected a name beside this id."),
    ]
    assert problems(f"{PHONE}\nOn-site\t{SITE}")[0] == (1, "Expected a name beside this id.")


def test_a_name_without_an_id_is_named() -> None:
    assert problems(f"Phone\t{PHONE}\nOn-site") == [
        (2, "Expected an id for this stage, or stages below this workflow.")
    ]
    assert problems("Phone\tAnn")[0][1].startswith("Expected a stage's name and its id")


def test_a_labelled_name_without_an_id_is_no_workflow() -> None:
    pasted = f"Stage Name: Phone\nStage Name: On-site\nStage ID: {SITE}"
    table = read_table(pasted, clean_stage_id)
    assert [(row.workflow, row.name) for row in table.rows] == [("", "On-site")]
    assert [it.number for it in table.problems] == [1]


def test_two_ids_in_a_line_are_not_guessed_at() -> None:
    found = problems(f"Phone {PHONE} On-site {SITE}")
    assert found == [(1, "Expected one stage in a line; this one has several ids.")]


def test_a_word_that_nothing_divides_from_the_name_is_asked_about() -> None:
    message = "Expected an id. If “applicant-new” is one, put a comma or a tab before it."
    assert problems("New applicant applicant-new") == [(1, message)]
    assert problems(f"New applicant applicant-new\nPhone\t{PHONE}") == [(1, message)]


def test_an_empty_table_has_neither_rows_nor_problems() -> None:
    assert rows("") == rows(" \n\t\n") == rows("Stage name\tStage ID") == []


def test_what_is_too_long_is_said_to_be_left_out() -> None:
    lines = [f"Stage {number}\t{uuid.UUID(int=number)}" for number in range(MOST_LINES + 2)]
    table = read_table("\n".join(lines), clean_stage_id)
    assert len(table.rows) == MOST_LINES
    assert [it.number for it in table.problems] == [MOST_LINES + 1]


def test_a_name_fits_its_column() -> None:
    assert len(rows(f"{'Phone ' * 100}\t{PHONE}")[0][1]) == 200


WORDS = st.from_regex(
    r"\A[A-Z][a-z]{1,8}( [A-Z0-9][a-z0-9]{0,6}){0,3}( \([0-9]{1,2} min\)|, [A-Z][a-z]{2,5})?\Z"
)
SPELLINGS = st.sampled_from(
    [str, str.upper, lambda it: it.replace("-", " - "), lambda it: it.replace("-", "\u2013")]
)
STAGES = st.lists(
    st.tuples(WORDS, st.uuids(version=4).map(str), SPELLINGS),
    min_size=1,
    max_size=8,
    unique_by=lambda it: it[1],
)
LAYOUTS = {
    "tabs": "{name}\t{id}",
    "id first": "{id}\t{name}",
    "numbered": "7\t{name}\t{id}",
    "quoted": '"{name}",{id}',
    "bars": "{name} | {id}",
    "prose": "{name} \u2014 {id}",
    "bullets": "\u2022 {name}: {id}",
    "brackets": "- {name} ({id})",
    "labels": "Stage Name: {name}\nStage ID: {id}",
    "labels, id first": "ID: {id}\nName: {name}",
    "labels in a line": "Stage Name: {name}; Stage ID: {id}",
    "lines": "{name}\n{id}\n",
    "lines, id first": "{id}\n{name}\n",
}
HEADINGS = {
    "Stage",
    "Stages",
    "Name",
    "Names",
    "Id",
    "Ids",
    "Workflow",
    "Pipeline",
    "Conversion",
    "Notes",
    "No",
}


@given(stages=STAGES, layout=st.sampled_from(sorted(LAYOUTS)), workflow=st.sampled_from(["", "Drivers"]))
def test_every_id_comes_out_with_its_name_in_whatever_layout(
    stages: list[tuple[str, str, object]], layout: str, workflow: str
) -> None:
    named = [(name if name not in HEADINGS else "Phone", key, spell) for name, key, spell in stages]
    lines = [LAYOUTS[layout].format(name=name, id=spell(key)) for name, key, spell in named]  # type: ignore[operator]
    heading = [f"Workflow: {workflow}"] if workflow else []
    assert rows("\n".join([*heading, *lines])) == [(workflow, name, key) for name, key, _ in named]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300))
def test_no_text_breaks_the_reading(pasted: str) -> None:
    table = read_table(pasted, clean_stage_id)
    assert all(row.name and row.external_id for row in table.rows)
