"""What tests of groups and their lines share; conftest.py makes its fixtures known to all."""

from datetime import date

import pytest

from actions.forms.groups import pass_on_reports
from actions.models import ExceptionReport
from actions.models.chain import MOVES_BY_NAME
from gscp.record import recording
from subgroups.models import DEMO_DOMAIN, Attendance, Group, Meeting, Partner, Post, User
from tests.factories import let_lead


@pytest.fixture
def group():
    return lambda slug: Group.objects.get(slug=slug)


@pytest.fixture
def responsible(action, on_record, group):
    """responsible("006", "executive", lead="…") makes a group and a post answer for an action."""

    def made(ref, slug, lead=None):
        subject = action(ref)
        subject.group = group(slug)
        with on_record():
            subject.save()
            let_lead(subject, *Post.objects.filter(name=lead))
        return action(ref)

    return made


@pytest.fixture
def member(db, action, on_record):
    """The sign-in cem.member: a member of CEM, who leads 005."""
    with on_record():
        post = Post(name="CEM Member", role="member", group=Group.objects.get(slug="cem"))
        post.save()
        holder = User(email=f"cem.member{DEMO_DOMAIN}", name=post.name, password="!")
        holder.save()
        post.hand_over(date(2021, 4, 1), holder)
        let_lead(action("005"), post)


@pytest.fixture
def ask(user):
    def asked(action, by, kind="exception", **columns):
        report = ExceptionReport(action=action, kind=kind, **columns)
        with recording(user(by), "Asked"):
            report.ask(user(by))
        return ExceptionReport.objects.get(pk=report.pk)

    return asked


@pytest.fixture
def meeting(user, it_is):
    """meeting("executive") is held on 29 June 2021 with all partners, or with those of some kinds."""

    def held(slug, day=date(2021, 6, 29), kinds=("council", "police", "health")):
        it_is(day.year, day.month, day.day)
        with recording(user("business.manager"), "Attendance"):
            of_group = Group.objects.get(slug=slug)
            found = Meeting.objects.filter(group=of_group, date=day).first()
            if found is None:
                found = Meeting(group=of_group, date=day, papers_close=f"{day}T09:00Z")
                found.save()
            for partner in Partner.objects.all():
                presence = "present" if partner.kind in kinds else "absent"
                Attendance(meeting=found, partner=partner, presence=presence).save()
        return Meeting.objects.get(pk=found.pk)

    return held


def move(report, name, by, at=None):
    """Make a move as somebody would by its form: permission first."""
    report = ExceptionReport.objects.for_pages().get(pk=report.pk)
    made = MOVES_BY_NAME[name]
    assert by.has_perm(made.permission, report), f"{by} may not {name}"
    with recording(by, "As discussed"):
        report.make_move(made, by, "As discussed", at)
    return ExceptionReport.objects.get(pk=report.pk)


@pytest.fixture
def own(responsible):
    """An action for which the Executive answers, led by its chair."""
    return responsible("006", "executive", lead="Executive Chair")


def end(group_that_ends, by, day):
    """As the form does it."""
    group_that_ends.ended_on = day
    with recording(by, "Ended"):
        group_that_ends.save()
        pass_on_reports(by, "Ended")


@pytest.fixture
def area(on_record, group):
    """A deciding group between QiiP and the Management Group."""
    made = Group(name="Area Board", slug="area", reports_to=group("management-group"), takes_decisions=True)
    made.established_on = date(2021, 4, 1)
    with on_record():
        made.save()
        qiip = group("qiip")
        qiip.reports_to = made
        qiip.save()
    return made
