"""The pages open for every post of partnerships of other shapes, and names no other partnership."""

import pytest
from django.core.management import call_command

from subgroups.checks import what_top_group_lacks
from subgroups.models import Group, Partnership
from tests.lives_shape import SHAPES, Shape
from tests.lives_side_by_side import settle

# Once: pages and files of other partnerships; tests/test_lives.py lives in them on both.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
INVENTED = [name for name in SHAPES if name != "gloucestershire"]
PAGES = ["/groups/", "/partners/", "/posts/", "/meetings/", "/exceptions/", "/plans/a-plan/", "/due/"]


@pytest.mark.parametrize("name", INVENTED)
def test_a_partnership_of_another_shape_has_its_pages(name, sign_in, it_is):
    settle(name)
    it_is(2021, 9, 1)
    shape, partnership = Shape.read(name), Partnership.objects.get()
    assert what_top_group_lacks() == []
    visits = [(post, "/") for post in shape.posts] + [("scrutineer", url) for url in PAGES]
    for post, url in visits:
        response = sign_in(post).get(url, follow=True)
        page = response.content.decode()
        assert response.status_code == 200, (post, url)
        assert f"– {partnership.short_name} business plan</title>" in page
        assert "GSCP business plan" not in page and "Gloucestershire" not in page


@pytest.mark.parametrize(
    ("name", "depth", "top"),
    [
        ("exampleshire", 2, "Board"),
        ("northmarch", 4, "Lead Safeguarding Partners"),
        ("threeshires", 4, "Partnership Board"),
    ],
)
def test_its_levels_are_those_of_its_file(name, depth, top, sign_in):
    settle(name)
    groups = Group.objects.with_lines()
    assert max(len(group.line) for group in groups) == depth
    assert str(groups[0]) == str(Group.objects.top()) == top
    # Loaded again, it is left as it is.
    call_command("load_partnership", SHAPES[name][0])
    assert len(Group.objects.all()) == len(groups)


def test_a_rule_of_several_parts_is_read_from_the_file(sign_in):
    settle("threeshires")
    page = " ".join(sign_in("scrutineer").get("/groups/").content.decode().split())
    assert (
        "Ashshire Council, Birchshire Council and Cedarshire Council; and Threeshires Police; and one of "
        "NHS Ashshire and Birchshire or NHS Cedarshire" in page
    )
    assert "two of Threeshires Colleges, Threeshires Primary Heads and Threeshires Secondary Heads" in page
