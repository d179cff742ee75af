"""The way of an achievement: draft, review by somebody else, published, retired; and what is audited on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from issuer.accounts.actor import COMMAND, NotAllowed, NotHere
from issuer.awards.award import award
from issuer.awards.files import RowCode, assess, read_award_file
from issuer.awards.lookup import OfficeLookup
from issuer.awards.request import AwardRequest
from issuer.catalogue.achievement_entry import AchievementEntry
from issuer.catalogue.entry import Entry
from issuer.catalogue.errors import AchievementRetired, ProgrammeClosed, ProviderNotAuthorised, UnknownAchievement
from issuer.catalogue.find import find_version, get_offer, get_provider, offers_of
from issuer.database import reading, transaction
from issuer.drafts.authorisations import authorise_provider
from issuer.drafts.edit import (
    begin_draft,
    begin_version,
    discard_draft,
    drafts_of,
    examine_draft,
    find_draft,
    next_version,
    save_draft,
)
from issuer.drafts.errors import (
    DraftAlreadyOpen,
    DraftChanged,
    DraftIncomplete,
    DraftNotOpen,
    NothingChanged,
    NotYoursToRenew,
    OwnSubmission,
)
from issuer.drafts.programmes import close_programme
from issuer.drafts.records import DraftRecord
from issuer.drafts.review import find_review, publish_draft, retire, return_draft, reviews_of, submit_draft, take_back
from issuer.drafts.wording import OutcomeRow, Wording
from issuer.office import Office
from tests.demo_files import NOW
from tests.drafts import (
    COLLEAGUE,
    EDITOR,
    NEIGHBOUR,
    OFFICE,
    PROVIDER,
    REVIEWER,
    VIEWER,
    WORDING,
    acts,
    begun,
    published,
    submitted,
)
from tests.office import demo_office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """The demonstration's office."""
    return demo_office(tmp_path)


def test_from_draft_to_badge(office: Office) -> None:
    """A draft is sent, published by the programme's office, authorised, and then awarded like any other badge."""
    published(office)
    with transaction(office.sessions) as session:
        provider = get_provider(session, PROVIDER)
        with pytest.raises(ProviderNotAuthorised):
            get_offer(session, provider, "VLT-BMS", now=NOW)
        authorise_provider(session, REVIEWER, OFFICE, "VLT-BMS", PROVIDER, date(2026, 11, 1), now=NOW)
    with transaction(office.sessions) as session:
        provider = get_provider(session, PROVIDER)
        request = AwardRequest(
            provider_slug=PROVIDER,
            achievement_code="VLT-BMS",
            given_name="Åsa",
            family_name="Öberg",
            email="asa@mail.example",
            completed_on=date(2026, 11, 20),
            result="80",
        )
        record = award(session, request, office.desk, now=NOW)
        assert '"https://skills-hub.example/courses/4711"' in record.sealed_json
    assert acts(office) == ["draft_begun", "draft_submitted", "achievement_published", "provider_authorised"]


def test_a_published_draft_says_in_the_catalogue_what_was_typed(office: Office) -> None:
    """Vocabulary words with their addresses, skills of ESCO and of one's own, the link to the Skills Hub."""
    published(office)
    with reading(office.sessions) as session:
        version = find_version(session, "VLT-BMS")
        assert version is not None
        entry = AchievementEntry.from_json(Entry.of("test", "$", version.content))
    assert (entry.ects, entry.workload_hours, entry.validity_months, entry.eqf_level) == (1.5, 24, 24, 4)
    assert entry.outcomes[0].code == "VLT-BMS-LO1"
    assert [skill.uri is not None for skill in entry.outcomes[0].skills] == [True, False]
    assert entry.assessment_types[0].label == "practical assessment"
    assert entry.course is not None
    assert entry.course.number == "4711"
    assert entry.demo, "a demonstration provider makes demonstration badges"


def test_whoever_sent_a_draft_cannot_publish_it(office: Office) -> None:
    """Somebody else has to look, also inside the programme's office; the command line is no way around."""
    with transaction(office.sessions) as session:
        own = begin_draft(session, COLLEAGUE, OFFICE, wording=WORDING, now=NOW).id
        submit_draft(session, COLLEAGUE, OFFICE, own, 1, now=NOW)
    for act in (publish_draft, return_draft):
        with pytest.raises(OwnSubmission), transaction(office.sessions) as session:
            act(session, COLLEAGUE, OFFICE, own, 1 if act is publish_draft else "no", now=NOW)  # type: ignore[operator]
    with transaction(office.sessions) as session:
        publish_draft(session, REVIEWER, OFFICE, own, 1, now=NOW)
    number = begun(office, replace(WORDING, code="VLT-CMD"), COMMAND)
    with transaction(office.sessions) as session:
        submit_draft(session, COMMAND, PROVIDER, number, 1, now=NOW)
        with pytest.raises(OwnSubmission):
            publish_draft(session, COMMAND, OFFICE, number, 1, now=NOW)


def test_back_from_review_with_a_note(office: Office) -> None:
    """The provider sees why, changes it, and sends it again; without a reason nothing comes back."""
    number = submitted(office)
    with pytest.raises(DraftNotOpen, match="what has to change"), transaction(office.sessions) as session:
        return_draft(session, REVIEWER, OFFICE, number, "  ", now=NOW)
    with transaction(office.sessions) as session:
        assert [each.id for each in reviews_of(session, get_provider(session, OFFICE))] == [number]
        return_draft(session, REVIEWER, OFFICE, number, "Name the tool.", now=NOW)
    with transaction(office.sessions) as session:
        draft = find_draft(session, get_provider(session, PROVIDER), number)
        assert (draft.state, draft.note) == ("draft", "Name the tool.")
        save_draft(session, EDITOR, PROVIDER, number, replace(WORDING, criteria="Use the reader."), 1, now=NOW)
        submit_draft(session, EDITOR, PROVIDER, number, 2, now=NOW)
        assert draft.note == ""
    assert acts(office)[-2:] == ["draft_returned", "draft_submitted"]


def test_words_in_review_stand_still(office: Office) -> None:
    """The office publishes what it looked at: saving is refused, and a stale look does not publish."""
    number = submitted(office)
    with pytest.raises(DraftNotOpen, match="Take it back"), transaction(office.sessions) as session:
        save_draft(session, EDITOR, PROVIDER, number, WORDING, 1, now=NOW)
    with transaction(office.sessions) as session:
        take_back(session, EDITOR, PROVIDER, number, now=NOW)
    with pytest.raises(DraftNotOpen), transaction(office.sessions) as session:
        publish_draft(session, REVIEWER, OFFICE, number, 1, now=NOW)
    with transaction(office.sessions) as session:
        save_draft(session, EDITOR, PROVIDER, number, replace(WORDING, hours="30"), 1, now=NOW)
        submit_draft(session, EDITOR, PROVIDER, number, 2, now=NOW)
    with pytest.raises(DraftNotOpen, match="Look at it again"), transaction(office.sessions) as session:
        publish_draft(session, REVIEWER, OFFICE, number, 1, now=NOW)
    with transaction(office.sessions) as session:
        publish_draft(session, REVIEWER, OFFICE, number, 2, now=NOW)
    with pytest.raises(DraftNotOpen, match="published"), transaction(office.sessions) as session:
        publish_draft(session, COLLEAGUE, OFFICE, number, 2, now=NOW)


def test_a_draft_with_a_gap_is_neither_sent_nor_published(office: Office) -> None:
    """The message names what is missing."""
    number = begun(office, replace(WORDING, assessment_types=(), hours="many"))
    with (
        pytest.raises(DraftIncomplete, match=r"Type of assessment is missing.*Hours of work"),
        transaction(office.sessions) as session,
    ):
        submit_draft(session, EDITOR, PROVIDER, number, 1, now=NOW)
    sent = submitted(office)
    with transaction(office.sessions) as session:  # a prerequisite was fine when it was sent, and is not any more
        draft = session.get_one(DraftRecord, sent)
        draft.wording = {**draft.wording, "prerequisites": "VLT-GONE"}
    with pytest.raises(DraftIncomplete, match="VLT-GONE"), transaction(office.sessions) as session:
        publish_draft(session, REVIEWER, OFFICE, sent, 1, now=NOW)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"code": "VLT-HV1"}, "code", id="code is published"),
        pytest.param({"code": "VLT BMS"}, "code", id="code with a space"),
        pytest.param({"programme": "TRIREME"}, "programme", id="no such programme"),
        pytest.param({"prerequisites": "VLT-NEVER"}, "prerequisites", id="no such prerequisite"),
        pytest.param({"version": "one"}, "version", id="version in words"),
        pytest.param({"titles": {"en": "日本"}}, "titles", id="letters no typeface has"),
        pytest.param({"titles": {"en": "a\u202eb"}}, "titles", id="bidi control"),
        pytest.param({"description": "x" * 2001}, "description", id="too long"),
        pytest.param({"ects": "0"}, "ects", id="no credits"),
        pytest.param({"validity_months": "1.5"}, "validity_months", id="half a month"),
        pytest.param({"pass_mark": "101"}, "pass_mark", id="pass above the highest"),
        pytest.param({"scale": "rubric", "levels": "One"}, "levels", id="one level"),
        pytest.param({"scale": "rubric", "levels": "A\nB", "pass_level": "C"}, "pass_level", id="no such level"),
        pytest.param({"participation": "By mail"}, "participation", id="not in the list"),
        pytest.param({"study_field": "Electronics"}, "study_field", id="field without code"),
        pytest.param({"course_url": "javascript:alert(1)"}, "course_url", id="no web address"),
        pytest.param({"stackability": "maybe"}, "stackability", id="stacking"),
        pytest.param({"eqf_level": "9"}, "eqf_level", id="level 9"),
        pytest.param({"outcomes": (OutcomeRow("", "", ("a skill",)),)}, "outcomes", id="skill without outcome"),
    ],
)
def test_a_mistake_is_named_and_kept_as_typed(office: Office, changes: dict[str, object], field: str) -> None:
    """Saving takes everything; examining says which field, and the draft cannot go on."""
    wording = replace(WORDING, **changes)  # type: ignore[arg-type]
    number = begun(office, wording)
    with reading(office.sessions) as session:
        draft = session.get_one(DraftRecord, number)
        assert Wording.from_json(draft.wording) == wording
        found = examine_draft(session, draft)
        assert field in {slip.field for slip in found.slips} | {each.field for each in found.meter.missing}
        assert not found.is_ready


def test_a_new_version_leaves_the_published_one_alone(office: Office) -> None:
    """Issued credentials keep the version they were issued under; the next award takes the new one."""
    with transaction(office.sessions) as session:
        before = find_version(session, "VLT-HV1")
        assert before is not None
        number = begin_version(session, EDITOR, PROVIDER, "vlt-hv1", now=NOW).id
        draft = session.get_one(DraftRecord, number)
        wording = Wording.from_json(draft.wording)
        assert wording.version == "1.1"
        save_draft(session, EDITOR, PROVIDER, number, replace(wording, hours="20"), 1, now=NOW)
        submit_draft(session, EDITOR, PROVIDER, number, 2, now=NOW)
        publish_draft(session, REVIEWER, OFFICE, number, 2, now=NOW)
        old, new = find_version(session, "VLT-HV1", "1.0"), find_version(session, "VLT-HV1")
        assert old is not None
        assert new is not None
        assert old.content == before.content
        changed = {name for name in new.content if new.content[name] != old.content.get(name)}
        assert changed == {"version", "workload"}, "what nobody touched stays to the letter"


def test_a_new_version_without_a_change_is_refused(office: Office) -> None:
    """A new number alone is none: neither sent, nor published when the same words came out meanwhile."""
    with transaction(office.sessions) as session:
        number = begin_version(session, EDITOR, PROVIDER, "VLT-HV1", now=NOW).id
        with pytest.raises(NothingChanged, match=r"Nothing differs from VLT-HV1 1\.0"):
            submit_draft(session, EDITOR, PROVIDER, number, 1, now=NOW)
        other = begin_version(session, REVIEWER, OFFICE, "VLT-HV1", now=NOW).id
        changed = replace(Wording.from_json(session.get_one(DraftRecord, number).wording), hours="20")
        save_draft(session, EDITOR, PROVIDER, number, changed, 1, now=NOW)
        save_draft(session, REVIEWER, OFFICE, other, replace(changed, version="2.0"), 1, now=NOW)
        submit_draft(session, EDITOR, PROVIDER, number, 2, now=NOW)
        submit_draft(session, REVIEWER, OFFICE, other, 2, now=NOW)
        publish_draft(session, REVIEWER, OFFICE, number, 2, now=NOW)
        with pytest.raises(NothingChanged, match=r"VLT-HV1 1\.1"):
            publish_draft(session, COLLEAGUE, OFFICE, other, 2, now=NOW)


def test_who_may_propose_a_new_version(office: Office) -> None:
    """Providers that award it and the programme's owner; one draft at a time."""
    with transaction(office.sessions) as session:
        begin_version(session, REVIEWER, OFFICE, "VLT-HV1", now=NOW)
        with pytest.raises(NotYoursToRenew):
            begin_version(session, EDITOR, PROVIDER, "PAS-ADA", now=NOW)
        begin_version(session, EDITOR, PROVIDER, "VLT-HV1", now=NOW)
        with pytest.raises(DraftAlreadyOpen):
            begin_version(session, EDITOR, PROVIDER, "VLT-HV1", now=NOW)
        with pytest.raises(UnknownAchievement):
            begin_version(session, EDITOR, PROVIDER, "VLT-HV9", now=NOW)
    assert [next_version(each) for each in ("1.0", "1.9", "2", "1.2.3")] == ["1.1", "1.10", "2.1", "1.2.4"]


def test_the_second_of_two_editors_is_told_and_shown_both(office: Office) -> None:
    """Whoever saves second overwrites nothing, and what the first one wrote comes with the error."""
    number = begun(office)
    first = replace(WORDING, hours="30")
    with transaction(office.sessions) as session:
        assert save_draft(session, EDITOR, PROVIDER, number, first, 1, now=NOW).revision == 2
    with pytest.raises(DraftChanged, match="09:30") as refused, transaction(office.sessions) as session:
        save_draft(session, EDITOR, PROVIDER, number, replace(WORDING, hours="40"), 1, now=NOW)
    assert (refused.value.saved, refused.value.revision) == (first, 2)
    with transaction(office.sessions) as session:
        assert save_draft(session, EDITOR, PROVIDER, number, first, 2, now=NOW).revision == 2, "nothing changed"


def test_roles_and_neighbours(office: Office) -> None:
    """Viewers write nothing, providers publish nothing, and a neighbour is not told that there is a draft."""
    number = begun(office)
    with transaction(office.sessions) as session:
        with pytest.raises(NotAllowed):
            begin_draft(session, VIEWER, PROVIDER, now=NOW)
        with pytest.raises(NotHere):
            save_draft(session, NEIGHBOUR, PROVIDER, number, WORDING, 1, now=NOW)
        with pytest.raises(NotHere):
            save_draft(session, NEIGHBOUR, "cfb-norte", number, WORDING, 1, now=NOW)
        with pytest.raises(NotAllowed):
            publish_draft(session, EDITOR, PROVIDER, number, 1, now=NOW)
        with pytest.raises(NotHere):
            publish_draft(session, EDITOR, OFFICE, number, 1, now=NOW)
        with pytest.raises(NotHere):  # a draft that was not sent is nobody's business at the office
            find_review(session, get_provider(session, OFFICE), number)
        with pytest.raises(NotAllowed):
            retire(session, NEIGHBOUR, "cfb-norte", "VLT-HV1", now=NOW)


def test_a_discarded_draft_is_gone_for_its_people(office: Office) -> None:
    """It is on record, and shown to nobody."""
    number = begun(office)
    with transaction(office.sessions) as session:
        discard_draft(session, EDITOR, PROVIDER, number, now=NOW)
    with reading(office.sessions) as session:
        provider = get_provider(session, PROVIDER)
        assert not drafts_of(session, provider)
        with pytest.raises(NotHere):
            find_draft(session, provider, number)
    assert acts(office) == ["draft_begun", "draft_discarded"]


ROW = (
    b"given_name,family_name,email,achievement_code,completed_on,result\n"
    b"Maja,Ek,maja@mail.example,VLT-HV1,2026-10-16,Pass\n"
)


def outcome_code(office: Office, now: datetime = NOW) -> str:
    """What the assessment of a file says of its one row."""
    with reading(office.sessions) as session:
        table = read_award_file(ROW, "row.csv")
        (outcome,) = assess(table, PROVIDER, OfficeLookup(session, PROVIDER, now=now), today=now.date())
        return outcome.code


def test_retired_means_no_new_awards_and_old_badges_stay(office: Office) -> None:
    """The award and the assessment of files say so by name; the version stays readable for whoever holds a badge."""
    assert outcome_code(office) == RowCode.CLEAN
    with transaction(office.sessions) as session:
        retire(session, REVIEWER, OFFICE, "vlt-hv1", now=NOW)
    assert outcome_code(office) == RowCode.ACHIEVEMENT_RETIRED
    with transaction(office.sessions) as session:
        provider = get_provider(session, PROVIDER)
        with pytest.raises(AchievementRetired, match="retired"):
            get_offer(session, provider, "VLT-HV1", now=NOW)
        assert "VLT-HV1" not in offers_of(session, provider, now=NOW)
        assert find_version(session, "VLT-HV1", "1.0") is not None
        with pytest.raises(AchievementRetired):
            begin_version(session, EDITOR, PROVIDER, "VLT-HV1", now=NOW)
        with pytest.raises(AchievementRetired):
            authorise_provider(session, REVIEWER, OFFICE, "VLT-HV1", "mak-ostrava", NOW.date(), now=NOW)
        with pytest.raises(AchievementRetired):
            retire(session, REVIEWER, OFFICE, "VLT-HV1", now=NOW)
    assert acts(office) == ["achievement_retired"]


def test_a_closed_programme_stops_awards_files_and_drafts(office: Office) -> None:
    """Each of the three says so; closing twice is one act; loading the files again does not open it."""
    with transaction(office.sessions) as session:
        close_programme(session, REVIEWER, OFFICE, "VOLTAGE", now=NOW)
        close_programme(session, REVIEWER, OFFICE, "VOLTAGE", now=NOW)
    assert outcome_code(office) == RowCode.PROGRAMME_CLOSED
    number = begun(office)
    with transaction(office.sessions) as session:
        with pytest.raises(ProgrammeClosed):
            get_offer(session, get_provider(session, PROVIDER), "VLT-HV1", now=NOW)
        with pytest.raises(DraftIncomplete, match="closed"):
            submit_draft(session, EDITOR, PROVIDER, number, 1, now=NOW)
        with pytest.raises(ProgrammeClosed):
            begin_version(session, EDITOR, PROVIDER, "VLT-HV1", now=NOW)
    assert acts(office)[:2] == ["programme_closed", "draft_begun"]
