"""The file of a partnership: what it cannot be is said in a sentence, and nothing of it is recorded."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from gscp.record import Change
from subgroups.models import Group, Partner, Post

# Once: a file is read in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
NEW = {
    "known_since": "2030-04-01",
    "partnership": {
        "name": "Gloucestershire Safeguarding Children Partnership",
        "short_name": "NP",
        "access_contact": "the Business Unit",
        "data_contact": "the Business Unit",
    },
    "partners": [{"name": "Northmarch Football Trust", "kind": "other", "aliases": ["NFT"]}],
    "groups": [{"name": "Neglect Group", "slug": "neglect", "in_place": False, "reports_to": "executive"}],
    "posts": [{"name": "Neglect Group Chair", "role": "chair", "group": "neglect"}],
}


@pytest.fixture
def load(tmp_path):
    """load(data) loads that as JSON, load("text") and load(b"bytes") a file of just this."""

    def loaded(data):
        path, told = tmp_path / "partnership.json", StringIO()
        text = data if isinstance(data, str | bytes) else json.dumps(data)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        call_command("load_partnership", path, stdout=told)
        return told.getvalue()

    return loaded


@pytest.mark.run_in("sqlite", "postgresql")  # it is recorded
def test_what_is_new_is_recorded_once(load):
    assert "3 recorded" in load(NEW)
    assert "all there already" in load(NEW)
    assert Post.objects.get(name="Neglect Group Chair").group.reports_to.slug == "executive"
    assert Partner.objects.get_by_spelling("nft").started_on.isoformat() == "2030-04-01"


def but(section, **values):
    """NEW, with these values in the first row of a section, or without those that are None."""
    row = {key: value for key, value in (NEW[section][0] | values).items() if value is not None}
    return NEW | {section: [row]}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", "line 1: this is no JSON"),
        ('{"known_since":\n,}', "line 2: this is no JSON"),
        ("[" * 100_000, "is nested too deeply, or holds too long a number"),
        ("1" * 5_000, "is nested too deeply, or holds too long a number"),
        ([], "this is no object"),
        ("null", "this is no object"),
        ({}, "it has no “known_since”"),
        (NEW | {"known_since": "soon"}, "“known_since” has to be a day, as 2021-04-01"),
        (NEW | {"known_since": 2021}, "“known_since” has to be a day"),
        (NEW | {"partners": {}}, "“partners” has to be a list of objects"),
        (NEW | {"posts": ["Chair"]}, "“posts” has to be a list of objects"),
        (NEW | {"colour": "blue"}, "“colour” is none of known_since, partners"),
        (but("partners", name=None), "partners, number 1: it has no “name”"),
        (but("partners", name=" "), "“name” has to be a text"),
        (but("partners", name="x" * 121), "at most 120 characters"),
        (but("partners", kind="club"), "“Northmarch Football Trust”: Value 'club' is not a valid choice"),
        (but("partners", aliases="NFT"), "“aliases” has to be a list of texts"),
        (but("partners", aliases=["Gloucestershire CCG"]), "is taken"),
        (but("groups", in_place="yes"), "“in_place” has to be true or false"),
        (but("groups", reports_to="nowhere"), "There is no group “nowhere”"),
        (but("groups", reports_to=None), "takes decisions and is in place"),
        (but("groups", slug="a b"), "“Neglect Group”: Enter a valid"),
        (but("groups", slug="mash"), "already exists"),
        (but("groups", colour="blue"), "“colour” is none of name, slug"),
        (but("groups", quorum=[{"at_least": 1}]), "groups, number 1, quorum: it has no “of”"),
        (but("groups", quorum=[{"at_least": True, "of": ["NFT"]}]), "has to be a whole number from 1 to 99"),
        (but("groups", quorum=[{"at_least": 1, "of": ["Nobody"]}]), "No partner is called “Nobody”"),
        (but("groups", quorum=[{"at_least": 2, "of": ["NFT"]}]), "The quorum of “Neglect Group”"),
        (NEW | {"partnership": {"name": "Northmarch"}}, "partnership: it has no “short_name”"),
        (but("posts", role="king"), "Value 'king' is not a valid choice"),
        (but("posts", group=None), "Choose the group"),
        (but("posts", partner="Nobody"), "No partner is called “Nobody”"),
        (but("posts", name="\ud800"), "“name” has to be a text"),
        (but("posts", name="a\x00b"), "“name” has to be a text"),
        (NEW | {"posts": NEW["posts"] * 2}, "posts: “Neglect Group Chair” is there 2 times"),
        (json.dumps(NEW).encode("utf-16"), "is not UTF-8"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_recorded(data, message, load):
    before = Change.objects.last_number()
    with pytest.raises(CommandError, match=f"Nothing was recorded.*{message}"):
        load(data)
    assert Change.objects.last_number() == before
    assert not Group.objects.filter(slug="neglect").exists()
