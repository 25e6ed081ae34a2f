"""Measures come from a file: the plan's own, and those of another partnership."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from subgroups.models import Measure, Target
from tests.published import FIXTURES

pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
FILE = FIXTURES / "measures.json"
MEASURE = {
    "group": "qiip", "name": "Places", "definition": "How many were attended.", "numerator": "attended",
    "denominator": "offered", "better": "up", "frequency": "quarter", "source": "A list",
    "first_day": "2021-05-01",
}  # fmt: skip


def load(path) -> str:
    told = StringIO()
    call_command("load_measures", path, stdout=told)
    return told.getvalue().strip()


def test_the_plan_s_own_measures_are_recorded_once():
    rows = json.loads(FILE.read_text())["measures"]
    assert load(FILE) == f"Measures: {len(rows)} recorded."
    assert load(FILE) == "Measures: all there already."
    by_name = {(one.group.slug, one.name): one for one in Measure.objects.select_related("group")}
    assert set(by_name) == {(row["group"], row["name"]) for row in rows}
    for row in rows:
        one = by_name[row["group"], row["name"]]
        assert [str(named.partner) for named in one.agencies.all()] == row.get("agencies", [])
        assert one.by_agency == ("agencies" in row) and one.origin == row.get("origin", "entered")
        assert one.baseline == str(row.get("baseline", ""))
        targets = Target.objects.filter(measure=one).values_list("period", "value")
        wanted = [(target["from"], target["value"]) for target in row.get("targets", [])]
        assert [(str(period), value) for period, value in targets] == wanted


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"group": "nowhere"}, "there is no group “nowhere”."),
        ({"better": "sideways"}, "“better” has to be one of up, down, neither."),
        ({"frequency": "week"}, "“frequency” has to be one of month, quarter, year."),
        ({"origin": "guessed"}, "“origin” has to be one of entered,"),
        ({"first_day": "1 May"}, "“first_day” has to be a day, as 2021-04-01."),
        ({"tolerance": -1}, "“tolerance” has to be a whole number from 0 on."),
        ({"tolerance": 2**31}, "“tolerance” has to be a whole number from 0 on."),
        ({"agencies": ["Nobody"]}, "“Places”: No partner is called “Nobody”."),
        ({"supplied_by": "Nobody"}, "“Places”: No post is called “Nobody”."),
        ({"targets": [{"from": "2020-01-01", "value": 8}]}, "it has no period that holds 2020-01-01."),
        ({"targets": [{"from": "2021-04-01"}]}, "targets: it has no “value”."),
        ({"targets": ["85"]}, "targets: this is no object, in braces."),
        ({"origin": "escalations"}, "is a number, and no share."),
        ({"origin": "impact", "agencies": ["Gloucestershire Constabulary"]}, "for all agencies together."),
        ({"colour": "blue"}, "“colour” is none of"),
        ({"name": "x" * 201}, "“x"),
    ],
)
def test_what_cannot_be_a_measure_is_named_and_nothing_is_recorded(wrong, told, tmp_path):
    other = MEASURE | {"name": "Another"}
    path = tmp_path / "measures.json"
    path.write_text(json.dumps({"measures": [other, MEASURE | wrong]}))
    with pytest.raises(CommandError) as refused:
        load(path)
    assert told in str(refused.value) and "Nothing was recorded." in str(refused.value)
    assert not Measure.objects.exists()


@pytest.mark.parametrize("text", ["", "[]", '{"measures": {}}', '{"measures": [1]}', '{"measures"', "null"])
def test_what_is_no_file_of_measures_is_said(text, tmp_path):
    path = tmp_path / "measures.json"
    path.write_text(text)
    with pytest.raises(CommandError, match="Nothing was recorded"):
        load(path)


def test_one_named_twice_is_refused(tmp_path):
    path = tmp_path / "measures.json"
    path.write_text(json.dumps({"measures": [MEASURE, MEASURE]}))
    with pytest.raises(CommandError, match="“Places” of qiip is there 2 times"):
        load(path)
