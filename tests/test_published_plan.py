"""The plan as published: every word of it, read without being changed."""

import csv
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from actions.models import Action, BusinessPlan
from actions.tables import published
from gscp.record import Change
from subgroups.models import Partner, Post, User
from tests.answers import html_of
from tests.published import PLAN, TABLE, publish

# Once: a table is read in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]


def as_published():
    lines = list(csv.reader(TABLE.read_text().splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    return [cells for cells in lines[1:] if any(cells)]


@pytest.mark.run_in("sqlite", "postgresql")  # what columns hold
def test_every_published_word_is_kept(sign_in):
    actions = Action.objects.filter(plan__label="2021-22").select_related("driver")
    kept = [
        [
            a.ref,
            a.driver.text,
            a.title,
            a.text,
            a.get_priority_display(),
            a.who,
            *(f.text for f in a.further_actions.all()),
        ]
        for a in actions
    ]
    assert kept == as_published()


def test_every_published_word_is_on_the_pages(sign_in):
    reader = sign_in("scrutineer")
    for cells in as_published():
        page = reader.get(f"/plans/2021-22/actions/{cells[0]}/")
        for cell in filter(None, cells):
            assert cell in html_of(page)


@pytest.mark.parametrize(
    ("ref", "posts", "partners"),
    [
        (
            "001",
            [],
            [
                "NHS Gloucestershire Clinical Commissioning Group",
                "Gloucestershire County Council",
                "Gloucestershire Constabulary",
            ],
        ),
        ("002", ["Management Group Chair"], ["Gloucestershire County Council"]),
        ("003", ["MASH Subgroup Chair"], ["Gloucestershire County Council"]),
        ("004", ["Management Group Chair"], ["Gloucestershire County Council"]),
        ("005", ["Child Exploitation and Missing Subgroup Chair"], ["Gloucestershire Constabulary"]),
        ("006", ["QiiP Subgroup Chair"], ["NHS Gloucestershire Clinical Commissioning Group"]),
    ],
)
def test_who_is_read_into_posts_and_partners(ref, posts, partners, action):
    subject = action(ref)
    named = published.read_who(subject.who, Post.objects.all(), Partner.objects.all())
    assert [[row.name for row in rows] for rows in named] == [posts, partners]
    assert [ownership.partner.name for ownership in subject.ownerships.order_by("pk")] == partners
    assert [post.name for post in subject.lead_posts] == posts


@pytest.mark.parametrize(
    "spelling",
    [
        "Gloucestershire CCG",
        "Gloucestershire Clinical Commissioning Group",
        "NHS Gloucestershire Clinical Commissioning Group",
    ],
)
def test_three_spellings_are_one_partner(spelling):
    assert Partner.objects.get_by_spelling(spelling).kind == "health"


def test_003_has_no_title_and_an_owner_not_in_place(action, sign_in):
    assert action("003").title == ""
    assert not action("003").group.is_in_place()
    page = html_of(sign_in("scrutineer").get("/plans/2021-22/actions/003/"))
    assert "Published without a title" in page
    assert "It is not in place yet: the chair of the Management Group acts for it" in page


def test_001_is_answered_for_by_the_group_its_title_names(action):
    assert action("001").group.name == "Resolution Group"


def test_loading_twice_changes_nothing_and_says_so(on_record, action):
    with on_record("Corrected by the Executive"):
        corrected = action("001")
        corrected.priority = "high"
        corrected.save()
    before = Change.objects.last_number()
    said = StringIO()
    publish(stdout=said)
    assert "0 actions recorded, 6 there already and left as they are" in said.getvalue()
    assert "all there already" in said.getvalue()
    assert Change.objects.last_number() == before
    assert action("001").priority == "high"


@pytest.mark.run_in("sqlite", "postgresql")  # entries of the ledger
def test_the_plan_is_recorded_by_the_plan_as_published(action):
    assert action("005").change.actor_in_words == "Plan as published"


HEAD = "\t".join(published.COLUMNS)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "the first line must name the columns"),
        ("#\tTitle\n", "the first line must name the columns"),
        (f"{HEAD}\n101\tAudit\tT\tA\tHigh\n", "line 2: 5 columns where there should be 7"),
        (f"{HEAD}\n101\tAudit\tT\tA\tUrgent\tQiiP Subgroup Chair\t\n", "the priority “Urgent” is none of"),
        (f"{HEAD}\n101\tAudit\tT\tA\tHigh\tThe Chair of Something\t\n", "is no known post or partner"),
        (f"{HEAD}\n101\tA whim\tT\tA\tHigh\tQiiP Subgroup Chair\t\n", "no kind of strategic driver"),
        (f"{HEAD}\n101\tAudit\tNo group\tA\tHigh\tGloucestershire CCG\t\n", "No group is called “No group”"),
        (f"{HEAD}\n101\tAudit\tT\tA\x00\tHigh\tQiiP Subgroup Chair\t\n", "cannot be stored"),
        (f"{HEAD}\n{'9' * 21}\tAudit\tT\tA\tHigh\tQiiP Subgroup Chair\t\n", "at most 20 characters"),
        (b"\xff\xfe", "is not UTF-8"),
    ],
)
def test_a_table_that_cannot_be_read_records_nothing(table, message, tmp_path):
    path = tmp_path / "plan.tsv"
    path.write_bytes(table if isinstance(table, bytes) else table.encode())
    before = Change.objects.last_number()
    with pytest.raises(CommandError, match=message):
        call_command("load_plan", path, **PLAN | {"label": "2022-23"})
    assert Change.objects.last_number() == before
    assert not BusinessPlan.objects.filter(label="2022-23").exists()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (["--label=20/21"], "letters, digits and hyphens only"),
        (["--label="], "cannot be blank"),
        (["--first-day=soon"], "“soon” is no day: give it as 2021-04-01"),
        (["--last-day=2021-02-29"], "“2021-02-29” is no day"),
        (["--first-day=2022-04-01"], "would end before it starts"),
        (["--introduction=/nowhere.txt"], "nowhere.txt cannot be opened: No such file"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(asked, message):
    """Whatever is asked for a second time counts; a command line is read as a shell gives it."""
    known = ["--label=2020-21", "--first-day=2021-04-01", "--last-day=2022-03-31"]
    before = Change.objects.last_number()
    with pytest.raises(CommandError, match=message):
        call_command("load_plan", str(TABLE), *known, *asked)
    assert Change.objects.last_number() == before


@pytest.mark.parametrize("missing", ["FILE", "--label", "--first-day", "--last-day"])
def test_nothing_of_a_plan_is_taken_for_granted(missing):
    typed = {
        "FILE": str(TABLE),
        "--label": "2021-22",
        "--first-day": "2021-04-01",
        "--last-day": "2022-03-31",
    }
    line = [text if name == "FILE" else f"{name}={text}" for name, text in typed.items() if name != missing]
    with pytest.raises(CommandError, match=f"required: {missing}"):
        call_command("load_plan", *line)
    with pytest.raises(CommandError, match="required: FILE"):
        call_command("load_partnership")


def test_sign_ins_of_another_partnership_are_refused_in_a_sentence():
    before = User.objects.count()
    there = TABLE.parent / "exampleshire" / "demo.json"
    with pytest.raises(
        CommandError, match=r"Nothing was recorded. No post is called “Board Chair”"
    ) as refused:
        call_command("load_demo", there)
    assert "give the file of this one" in str(refused.value)
    with pytest.raises(CommandError, match="Nothing was recorded. none.json cannot be opened"):
        call_command("load_demo", TABLE.parent / "none.json")
    assert User.objects.count() == before


def test_a_demo_account_cannot_exist_outside_a_demonstration(settings, client, on_record):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("load_demo")
    with pytest.raises(Exception, match="demonstration only"), on_record():
        User(email="another@gscp.example", name="Another", password="!").save()
    assert not client.login(email="cem.chair@gscp.example", password="a demonstration of the plan")


def test_a_demo_account_left_in_a_real_database_opens_nothing(settings, sign_in):
    chair = sign_in("cem.chair")
    assert chair.get("/due/").status_code == 200
    settings.DEMO = False
    assert chair.get("/due/").status_code == 302
