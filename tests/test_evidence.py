"""A chair adds evidence to a report: a link or a file. Others open it, and a group above looks at it."""

from datetime import date

import pytest

from actions.models import Evidence, EvidenceSeen, ExceptionReport
from gscp import store
from gscp.record import Change
from gscp.words import lower_first
from subgroups.models import Audit, Group
from tests.answers import words_of
from tests.conftest import form_of
from tests.evidence import KEPT, TYPED, add, added, file_of, pdf, word
from tests.factories import close_plan, settle_further_actions

pytestmark = pytest.mark.django_db
ACTION = "/plans/2021-22/actions/005/"


@pytest.fixture
def update(report):
    return report("005", rating="amber")


@pytest.fixture
def to_update(update):
    return f"/updates/{update.pk}/evidence/"


@pytest.fixture
def completion(sign_in, send):
    send(
        sign_in("cem.chair"),
        f"{ACTION}completion/",
        what="All",
        evidence="In the minutes",
        impact="Seen sooner",
    )
    return ExceptionReport.objects.get(kind="completion")


def test_a_link_and_a_file_stand_where_they_belong(to_update, sign_in, user):
    chair = sign_in("cem.chair")
    added(chair, to_update, link="https://www.example.org/minutes")
    file = added(chair, to_update, KEPT["docx"], shows="impact", text="A survey of children")
    assert (file.kind, file.size, file.file_name) == ("docx", len(KEPT["docx"]), "minutes.docx")
    assert file.sha256 == store.digest(KEPT["docx"]) and store.read(file.sha256) == KEPT["docx"]
    assert file.text_read and not file.scanned and not file.on_behalf and file.entered_by == user("cem.chair")
    page = words_of(sign_in("scrutineer").get(ACTION))
    assert "https://www.example.org/minutes" in page and "minutes.docx , Word document" in page
    assert "It proves what difference it made for children: A survey of children" in page
    assert "Not looked at yet by a group above." in page
    own = words_of(sign_in("scrutineer").get(file.get_absolute_url()))
    assert file.sha256 in own and "It was not scanned for viruses." in own
    entry = Change.objects.get(number=file.change_id)
    assert file.sha256 not in entry.line and "survey" not in entry.line
    history = words_of(sign_in("scrutineer").get("/scrutiny/changes/?kind=evidence"))
    assert "added evidence on 005: a file that shows what difference it made" in history


@pytest.mark.parametrize("kind", KEPT)
def test_each_kind_is_given_out_as_it_was_kept(kind, to_update, sign_in):
    file = added(sign_in("cem.chair"), to_update, KEPT[kind], name="Évidence “1”.exe")
    assert file.kind == kind
    answer = sign_in("scrutineer").get(f"{file.get_absolute_url()}file/")
    assert b"".join(answer.streaming_content) == KEPT[kind]
    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert not answer["Content-Disposition"].endswith('.exe"') and ".exe." in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))


def test_whoever_holds_no_post_opens_no_file(to_update, sign_in, client, it_is, post, on_record):
    file = added(sign_in("cem.chair"), to_update, KEPT["pdf"])
    url = f"{file.get_absolute_url()}file/"
    assert client.get(url).status_code == 302
    assert sign_in("mash.chair").get(url).status_code == 200
    link = added(sign_in("cem.chair"), to_update, link="https://www.example.org/minutes")
    assert sign_in("mash.chair").get(f"{link.get_absolute_url()}file/").status_code == 404


def test_evidence_for_another_group_s_action_is_refused(to_update, sign_in):
    for name in ("qiip.chair", "mash.chair", "scrutineer", "management.chair"):
        assert sign_in(name).post(to_update, {}).status_code == 403
    assert not Evidence.objects.exists() and not list(store.names())


def test_the_business_manager_adds_it_on_behalf_of_the_chair(to_update, sign_in):
    file = added(sign_in("business.manager"), to_update, KEPT["png"], name="photo.png")
    assert file.on_behalf and not file.text_read
    page = words_of(sign_in("cem.chair").get(ACTION))
    assert "on behalf of the chair" in page
    assert "could not be looked through" in words_of(sign_in("cem.chair").get(file.get_absolute_url()))


def test_a_pdf_without_text_says_so(to_update, sign_in):
    chair = sign_in("cem.chair")
    answer = add(chair, to_update, pdf(), name="scan.pdf")
    assert "Its text could not be looked through" in words_of(chair.get(answer.url))


def test_who_decides_above_looks_at_it_and_never_who_added_it(to_update, sign_in, send, user):
    file = added(sign_in("cem.chair"), to_update, KEPT["pdf"])
    url = f"{file.get_absolute_url()}looked-at/"
    for name in ("cem.chair", "business.manager", "qiip.chair", "scrutineer"):
        assert sign_in(name).get(url).status_code == 403
    chair = sign_in("management.chair")
    assert "I have looked at it" in words_of(chair.get(file.get_absolute_url()))
    assert send(chair, url, found="It names two of three agencies").status_code == 302
    assert EvidenceSeen.objects.get().seen_by == user("management.chair")
    page = words_of(sign_in("cem.chair").get(ACTION))
    assert "It names two of three agencies" in page and "Not looked at yet" not in page
    assert "I have looked at it" not in words_of(chair.get(file.get_absolute_url()))
    assert chair.get(url).url == file.get_absolute_url()
    sent_again = chair.post(url, {"token": "0" * 32, "seen": Change.objects.last_number()})
    assert "It is on record that you looked at it." in words_of(sent_again)
    assert EvidenceSeen.objects.count() == 1


def test_a_version_replaces_the_one_before_and_both_stay(to_update, sign_in):
    chair = sign_in("cem.chair")
    first = added(chair, to_update, word("A draft"), name="draft.docx")
    second = added(chair, f"{first.get_absolute_url()}new-version/", word("As agreed"), name="agreed.docx")
    assert second.replaces == first and second.update == first.update
    lists = words_of(chair.get(ACTION)).partition("What was done, beside")[0]
    assert "agreed.docx" in lists and "draft.docx" not in lists
    own = words_of(chair.get(first.get_absolute_url()))
    assert "This is an earlier version." in own and "draft.docx" in own and "agreed.docx" in own
    answer = chair.get(f"{first.get_absolute_url()}file/")
    assert store.digest(b"".join(answer.streaming_content)) == first.sha256
    again = chair.get(f"{first.get_absolute_url()}new-version/", follow=True)
    assert "A newer version was added already." in words_of(again)


def test_a_newer_version_proves_what_the_one_before_did(to_update, sign_in):
    chair = sign_in("cem.chair")
    first = added(chair, to_update, word("A draft"), shows="impact")
    url = f"{first.get_absolute_url()}new-version/"
    assert "What does it prove?" not in words_of(chair.get(url))
    assert added(chair, url, word("As agreed"), shows="activity").shows == "impact"


def test_two_who_replace_the_same_version_at_once_leave_one(to_update, sign_in, send):
    chair = sign_in("cem.chair")
    first = added(chair, to_update, word("A draft"))
    url = f"{first.get_absolute_url()}new-version/"
    added(chair, url, word("As agreed"))
    refused = chair.post(url, {"token": "0" * 32, "seen": Change.objects.last_number(), "shows": "activity",
                               "text": "Another one", "link": "https://www.example.org/"})  # fmt: skip
    assert "Somebody added a newer version meanwhile" in words_of(refused)
    assert Evidence.objects.count() == 2


def test_sent_twice_it_is_added_once(to_update, sign_in):
    chair = sign_in("cem.chair")
    form = form_of(chair.get(to_update)) | TYPED
    for _ in range(2):
        assert chair.post(to_update, form | {"file": file_of(KEPT["pdf"], "a.pdf")}).status_code == 302
    assert Evidence.objects.count() == 1


def test_a_completion_has_it_on_its_page_and_before_who_decides(completion, sign_in):
    chair = sign_in("cem.chair")
    url = f"{completion.get_absolute_url()}evidence/"
    added(chair, url, KEPT["xlsx"], name="survey.xlsx", shows="impact")
    assert "survey.xlsx" in words_of(sign_in("management.chair").get(completion.get_absolute_url()))
    assert f"For {lower_first(str(completion))}." in words_of(chair.get(ACTION))
    agenda = words_of(sign_in("management.chair").get("/meetings/management-group/2021-06-15/"))
    assert "Links and files survey.xlsx" in agenda


def test_no_other_request_takes_evidence(asked, sign_in):
    report = asked()
    assert sign_in("cem.chair").get(f"{report.get_absolute_url()}evidence/").status_code == 404


def test_an_audit_of_the_register_has_it(sign_in, on_record, it_is):
    with on_record():
        audit = Audit(group=Group.objects.get(slug="qiip"), focus="Thresholds", planned_for=date(2021, 9, 1))
        audit.save()
    url = f"/audits/{audit.pk}/evidence/"
    assert sign_in("cem.chair").get(url).status_code == 403
    added(sign_in("qiip.chair"), url, KEPT["ods"], name="tool.ods")
    assert "tool.ods" in words_of(sign_in("scrutineer").get("/groups/qiip/register/"))
    found = words_of(sign_in("scrutineer").get("/search/?q=tool.ods"))
    assert "1 result for" in found and "Evidence" in found


def test_a_closed_plan_takes_it_only_for_an_impact_that_is_still_to_be_checked(
    update, to_update, completion, sign_in, on_record, action
):
    with on_record():
        settle_further_actions(update.action.plan)
        close_plan(update.action.plan)
    chair = sign_in("cem.chair")
    assert "2021-22 is closed" in words_of(chair.get(to_update, follow=True))
    assert "2021-22 is closed" in words_of(chair.post(to_update, {"text": "Too late"}))
    to_report = f"{completion.get_absolute_url()}evidence/"
    assert "2021-22 is closed" in words_of(chair.get(to_report, follow=True))
    with on_record():
        completion.impact, completion.impact_check_on, completion.state = "", date(2022, 6, 1), "granted"
        completion.save()
    added(chair, to_report, KEPT["pdf"], name="survey.pdf")
    assert Evidence.objects.count() == 1


def test_it_is_found_and_seen_as_it_was_at_a_moment(to_update, sign_in, it_is):
    chair = sign_in("cem.chair")
    before = Change.objects.last_number()
    file = added(chair, to_update, KEPT["docx"], text="A survey of kestrels")
    scrutineer = sign_in("scrutineer")
    assert "Evidence on Action 005" in words_of(scrutineer.get("/search/?q=kestrels"))
    then = scrutineer.get(f"/scrutiny/as-at/{before}{ACTION}")
    assert "kestrels" not in words_of(then)
    now = f"/scrutiny/as-at/{Change.objects.last_number()}"
    assert "kestrels" in words_of(scrutineer.get(f"{now}{ACTION}"))
    answer = scrutineer.get(f"{now}{file.get_absolute_url()}file/")
    assert b"".join(answer.streaming_content) == KEPT["docx"]
    assert scrutineer.get(f"/scrutiny/as-at/{before}{file.get_absolute_url()}").status_code == 404


def test_papers_name_a_file_with_its_hash(to_update, sign_in, it_is):
    file = added(sign_in("cem.chair"), to_update, KEPT["docx"])
    it_is(2021, 6, 15)
    pack = b"".join(sign_in("scrutineer").get("/meetings/management-group/2021-06-15/pack/")).decode()
    assert f"SHA-256 {file.sha256}" in pack
    data = b"".join(sign_in("scrutineer").get("/meetings/management-group/2021-06-15/pack/data/")).decode()
    assert '"model":"actions.evidence"' in data and file.sha256 not in data
