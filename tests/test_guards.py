"""Guards that other tests pass without: each of these fails if its guard is taken away."""

import re
from datetime import date

import pytest

from actions.models import ExceptionReport
from actions.models.chain import MOVES_BY_NAME
from gscp.record import Change, ChangeText
from gscp.record.looking_back import Past, looking_back
from subgroups.models import Group, Meeting, Post, PostHolding
from tests.conftest import AGENDA, ASK, form_of
from tests.factories import let_lead
from tests.test_asking import COMPLETION

pytestmark = pytest.mark.django_db
AT_006 = "/plans/2021-22/actions/006/"
UPDATE = {"done": "Met every school", "difference": "Too early", "rating": "amber", "reason": "Begun"}


@pytest.fixture
def ask(sign_in, send):
    """ask("completion", **typed): the QiiP chair asks for it on 006; returns the report."""

    def asked(kind, **typed):
        assert send(sign_in("qiip.chair"), f"{AT_006}{kind}/", **typed).status_code == 302
        return ExceptionReport.objects.latest("pk")

    return asked


@pytest.mark.run_in("sqlite")  # moves are Python
def test_a_completion_is_not_undone_after_the_action_was_reopened_and_completed_again(
    ask, it_is, attend, decide, action
):
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    first = ask("completion", **COMPLETION)
    decide("grant", first)
    decide("grant", ask("reopening", cause="It came back", recovery="Begin again"))
    decide("grant", ask("completion", **COMPLETION))
    assert action("006").status == "complete"
    head = Change.objects.last_number()
    page = decide("correct", first).content.decode()
    assert "Action 006 has been changed since: that decision cannot be undone alone." in page
    assert action("006").status == "complete"
    assert Change.objects.last_number() == head


def test_what_is_asked_of_the_meeting_is_not_listed_as_off_plan_and_nothing_asked(ask, sign_in):
    agenda = sign_in("management.chair").get(AGENDA).content.decode()
    assert f'href="{AT_006}"' in agenda.split("Off plan, and nothing asked")[1].split("Changed since")[0]
    report = ask("exception", **ASK)
    agenda = sign_in("management.chair").get(AGENDA).content.decode()
    asked, rest = agenda.split("Off plan, and nothing asked")
    assert f'href="{report.get_absolute_url()}"' in asked
    off_plan = rest.split("Decided last time")[0]
    assert f'href="{AT_006}"' not in off_plan
    assert 'href="/plans/2021-22/actions/005/"' in off_plan, "the others still stand there"


def test_both_groups_find_all_of_an_action_that_moved_from_one_to_the_other(action, on_record, sign_in):
    moved, published = action("005"), list(Change.objects.filter(action=action("005").pk))
    left, joined = moved.group, Group.objects.get(slug="qiip")
    with on_record("It is theirs now"):
        moved.group = joined
        moved.save()
    with on_record("Said by the group it came to"):
        moved.review_date = date(2021, 12, 1)
        moved.save()
    concerned = {change.number for change in published} | {moved.change_id - 1, moved.change_id}
    for group in (left, joined):
        query = f"group={group.pk}&action=005"
        page = sign_in("scrutineer").get(f"/scrutiny/changes/?{query}").content.decode()
        assert set(map(int, re.findall(r'href="/scrutiny/changes/(\d+)/', page))) == concerned, group
    # An entry that concerns the group and no action of it is found as well.
    with on_record("Another name"):
        joined.name = "Quality Subgroup"
        joined.save()
    page = sign_in("scrutineer").get(f"/scrutiny/changes/?group={joined.pk}").content.decode()
    assert f'href="/scrutiny/changes/{joined.change_id}/' in page


def test_a_pack_names_as_taken_out_since_only_what_was_taken_out_after_its_papers_closed(
    sign_in, send, it_is
):
    send(sign_in("qiip.chair"), f"{AT_006}update/", **UPDATE)

    def take_out(field):
        text = ChangeText.objects.get(field=field, value=UPDATE[field])
        url = f"/scrutiny/changes/{text.change_id}/take-out/{field}/"
        send(sign_in("business.manager"), url, reason="It names a child")
        waiting = re.search(r"/scrutiny/redactions/\d+/decide/", get("executive", "/scrutiny/redactions/"))
        assert send(sign_in("executive"), waiting[0], decision="consent", reason="So it does")

    def get(who, url):
        return sign_in(who).get(url).content.decode()

    it_is(2021, 6, 1)
    take_out("done")
    it_is(2021, 6, 9)  # the papers of 15 June closed yesterday
    assert "Taken out of the record since" not in get("scrutineer", f"{AGENDA}pack/")
    take_out("difference")
    told = get("scrutineer", f"{AGENDA}pack/").split("Taken out of the record since")[1].split("</a>")[0]
    assert "What difference it made for children" in told


def test_a_pack_on_a_page_as_at_a_moment_is_the_same_pack(played, sign_in):
    reader, agenda = sign_in("scrutineer"), "meetings/management-group/2021-12-14/"
    then = "/scrutiny/as-at/2022-01-10/"
    link = f"{then}{agenda}pack/"
    assert f'href="{link}"' in reader.get(f"{then}{agenda}").content.decode()
    inside, today = reader.get(link), reader.get(f"/{agenda}pack/")
    assert inside.status_code == today.status_code == 200
    assert [*reader.get(f"{link}data/")] == [*reader.get(f"/{agenda}pack/data/")]
    facts = [
        re.findall(r'<code class="gscp-hash">([^<]*)<', page.content.decode()) for page in (inside, today)
    ]
    assert len(facts[0]) == 3 and facts[0] == facts[1], "head, fingerprint of the key, digest"
    listed = inside.content.decode().split("Asked of the Management Group")[1].split('id="proof"')[0]
    for address in set(re.findall(r'href="(/[^"]*)"', listed)):
        page = reader.get(address, follow=True)
        assert page.status_code == 200, address
        assert "The record as it stood</strong> on 7 December 2021, 5pm" in page.content.decode(), address
    # Before its papers closed there was no pack.
    assert reader.get(f"/scrutiny/as-at/2021-12-01/{agenda}pack/").status_code == 404


def test_looking_further_back_ends_where_it_began(played, action):
    later, earlier = Past.read("2022-01-10"), Past.read("2021-06-10")
    with looking_back(later):
        status = action("003").status
        with looking_back(earlier):
            assert Change.objects.last_number() == earlier.number
            assert action("003").status == "not_started" != status
        assert Change.objects.last_number() == later.number
        assert action("003").status == status
    assert Change.objects.last_number() > later.number


def test_two_people_who_send_the_same_form_with_the_same_token_have_done_two_acts(sign_in, action):
    """Otherwise the second is told that it was recorded before, and nothing of theirs is."""
    url, acts = f"{AT_006}nil-return/", []
    chair, manager = sign_in("qiip.chair"), sign_in("business.manager")
    form = form_of(chair.get(url))
    for client in (chair, manager):
        seen = form_of(client.get(url))["seen"]
        page = client.post(url, form | {"seen": seen}, follow=True).content.decode()
        assert "This was sent and recorded before" not in page
    updates = action("006").updates.all()
    assert {update.entered_by.email for update in updates} == {
        "qiip.chair@gscp.example",
        "business.manager@gscp.example",
    }
    acts = {update.change.act for update in updates}
    assert len(acts) == 2


@pytest.mark.run_in("sqlite")  # a permission
def test_who_holds_the_lead_post_decides_nothing_on_it(ask, it_is, attend, user, on_record, sign_in, send):
    """Chair of the Management Group besides: what its other chair may decide is not offered, and refused."""
    report, chair = ask("exception", **ASK), sign_in("management.chair")
    with on_record():
        lead = Post(name="Head of Practice", role="member", group=report.group)
        lead.save()
        let_lead(report.action, lead)
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    url, page = f"{AGENDA}decide/{report.pk}/", report.get_absolute_url()
    assert chair.get(url).status_code == 200 and f'href="{url}"' in chair.get(page).content.decode()
    form = form_of(chair.get(url)) | {"move": "grant", "reason": "As discussed"}
    with on_record():
        PostHolding(post=lead, user=user("management.chair"), started_on=date(2021, 6, 15)).save()
    head = Change.objects.last_number()
    assert chair.get(url).status_code == chair.post(url, form).status_code == 403
    for shown in (page, AGENDA):
        assert url not in chair.get(shown).content.decode()
    assert not any(
        move.is_decision for move in ExceptionReport.objects.get().moves_for(user("management.chair"))
    )
    assert Change.objects.last_number() == head
    # Nor does it confirm what was decided on it, or check its impact.
    by = user("business.manager")
    with on_record():
        step = report.make_move(
            MOVES_BY_NAME["grant"], by, "As discussed", Meeting.objects.get(date="2021-06-15")
        )
    assert step.on_behalf and chair.get(f"/decisions/{step.pk}/confirm/").status_code == 403
    assert chair.get(f"{page}check-impact/").status_code == 403
    with on_record():
        holding = PostHolding.objects.get(post=lead)
        holding.ended_on = date(2021, 6, 15)
        holding.save()
    assert chair.get(f"/decisions/{step.pk}/confirm/").status_code == 200
