"""Who leads an action, in the list of its plan: said wherever the printed words do not say just that."""

import re

import pytest

from subgroups.models import Post
from tests.answers import words_of
from tests.factories import let_lead

# Once: what a page says.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
CEM, MASH = "Child Exploitation and Missing Subgroup Chair", "MASH Subgroup Chair"


def who_of(reader, ref: str) -> str:
    row = next(
        part for part in reader.get("/plans/2021-22/").content.decode().split("</tr>") if f">{ref}<" in part
    )
    cell = re.search(r'data-label="Who">(.*?)</td>', row, re.S)
    return " ".join(re.sub(r"<[^>]*>", " ", cell[1]).split())


def test_all_who_lead_it_are_named_where_the_printed_words_name_others(action, on_record, sign_in):
    reader, subject = sign_in("scrutineer"), action("005")
    assert "Led by" not in who_of(reader, "005"), "the words say it"
    with on_record():
        let_lead(subject, *Post.objects.filter(name__in=[CEM, MASH]).order_by("name"))
    assert who_of(reader, "005").endswith(f"Led by: {CEM}, {MASH}")
    with on_record():
        let_lead(subject, Post.objects.get(name=MASH))
    assert who_of(reader, "005").endswith(f"Led by: {MASH}")
    with on_record():
        subject.who = f"{CEM} and {MASH}"
        subject.save()
    assert who_of(reader, "005").endswith(f"Led by: {MASH}"), "the words name one who leads it no more"


def test_the_published_words_say_who_leads(sign_in):
    assert "Led by" not in words_of(sign_in("scrutineer").get("/plans/2021-22/"))
