"""Components against GOV.UK's own fixtures, and Django's fields as those components. No database."""

import json
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory

from gscp.components import component
from gscp.widgets import DateParts

PUBLISHED = settings.BASE_DIR / "node_modules/govuk-frontend/dist/govuk/components"


def fixtures():
    for path in sorted(PUBLISHED.glob("*/fixtures.json")):
        published = json.loads(path.read_text())
        for fixture in published["fixtures"]:
            yield pytest.param(
                published["component"], fixture, id=f"{published['component']}: {fixture['name']}"
            )


class Pieces(HTMLParser):
    """What a browser makes of markup: tags, attributes and words, whatever the white space between them."""

    def __init__(self, html: str):
        super().__init__()
        self.pieces: list = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.pieces.append((tag, attrs))

    def handle_endtag(self, tag):
        self.pieces.append(tag)

    def handle_data(self, data):
        self.pieces += data.split()


def test_the_published_fixtures_are_there():
    assert len(list(fixtures())) == 657


@pytest.mark.parametrize(("name", "fixture"), list(fixtures()))
def test_a_component_is_what_govuk_publishes(name, fixture):
    assert Pieces(component(name, fixture["options"])).pieces == Pieces(fixture["html"]).pieces


class Report(forms.Form):
    token = forms.CharField(widget=forms.HiddenInput, initial="a new one")
    done = forms.CharField(
        label="What was done", max_length=2000, widget=forms.Textarea, help_text="In <b>words</b>."
    )
    story = forms.CharField(label="Story", max_length=10_000, widget=forms.Textarea, required=False)
    rating = forms.ChoiceField(choices=[("green", "Green"), ("red", "Red")], widget=forms.RadioSelect)
    forecast = forms.DateField(label="Forecast date", widget=DateParts, required=False)
    sure = forms.BooleanField(label="I am sure", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["rating"].widget.option_hints = {"red": "Off plan"}


class Filter(forms.Form):
    words = forms.CharField(required=False)
    partner = forms.MultipleChoiceField(
        choices=[("1", "Council"), ("2", "Health")], required=False, widget=forms.CheckboxSelectMultiple
    )


def page(source: str, **context) -> str:
    return engines["django"].from_string(source).render(context, RequestFactory().get("/?status=open&page=2"))


def tags(html: str, tag: str) -> list[dict]:
    return [dict(piece[1]) for piece in Pieces(html).pieces if piece[0] == tag and isinstance(piece, tuple)]


def with_date(*parts: str) -> Report:
    names = ("day", "month", "year")
    return Report({f"forecast-{name}": part for name, part in zip(names, parts, strict=True)})


def test_every_line_of_the_error_summary_leads_to_an_input():
    form = with_date("31", "2", "2021")
    html = str(form)
    links = [link["href"] for link in tags(page("{% error_summary form %}", form=form), "a")]
    assert links == ["#id_done", "#id_rating", "#id_forecast-day"]
    inputs = {tag.get("id") for name in ("input", "textarea") for tag in tags(html, name)}
    assert {link.removeprefix("#") for link in links} <= inputs


def test_an_error_and_a_hint_are_announced_with_their_field():
    textarea = tags(str(Report({})["done"].as_field_group()), "textarea")[0]
    assert textarea["aria-describedby"] == "id_done-info id_done-hint id_done-error"
    assert "required" not in textarea
    assert "maxlength" not in textarea


def test_a_message_names_its_field():
    assert "Fill in “What was done”." in page("{% error_summary form %}", form=Report({}))


def test_no_form_without_errors_has_a_summary():
    assert page("{% error_summary form %}", form=Report()) == ""


def test_a_hidden_field_that_was_refused_starts_anew():
    assert tags(page("{% hidden_fields form %}", form=Report({})), "input")[0]["value"] == "a new one"
    assert (
        tags(page("{% hidden_fields form %}", form=Report({"token": "kept"})), "input")[0]["value"] == "kept"
    )


def test_optional_fields_say_so_but_a_checkbox_does_not():
    html = str(Report())
    assert "Forecast date (optional)" in html
    assert "Story (optional)" in html
    assert "I am sure (optional)" not in html
    assert "What was done (optional)" not in html


def test_a_filter_marks_nothing_optional():
    assert "optional" not in str(Filter())


def test_a_form_may_leave_a_field_unmarked():
    form = Report()
    form.not_marked_optional = {"story"}
    assert "Story (optional)" not in str(form)


def test_a_long_text_is_not_counted():
    form = Report()
    assert "govuk-js-character-count" in form["done"].as_field_group()
    assert 'data-threshold="75"' in form["done"].as_field_group(), "not before it matters"
    assert "govuk-js-character-count" not in form["story"].as_field_group()


def test_an_option_has_its_hint():
    assert "Off plan" in Report()["rating"].as_field_group()


def test_what_was_chosen_comes_back_chosen():
    radios = tags(str(Report({"rating": "red", "sure": "on"})), "input")
    assert [radio["value"] for radio in radios if "checked" in radio] == ["red", "on"]
    boxes = tags(str(Filter({"partner": ["2"]})), "input")
    assert [box["value"] for box in boxes if "checked" in box] == ["2"]


@pytest.mark.parametrize(
    "parts",
    [
        ("31", "2", "2021"),
        ("0", "1", "2021"),
        ("1", "13", "2021"),
        ("1", "1", "0"),
        ("1", "1", "0000"),
        ("1", "1", "0021"),
        ("1", "1", "99999"),
        ("1", "", "2021"),
        ("one", "May", "MMXXI"),
        ("1\x00", "1", "2021"),
        ("١", "1", "2021"),
        ("+1", "1", "2021"),
        ("1/1", "1", "2021"),
        ("1" * 5000, "1", "2021"),
        ("<b>", '"', "2021"),
    ],
)
def test_an_impossible_date_is_refused_and_what_was_typed_is_kept(parts):
    form = with_date(*parts)
    assert "forecast" in form.errors
    assert "forecast" not in form.cleaned_data
    inputs = tags(form["forecast"].as_field_group(), "input")
    assert tuple(box["value"] for box in inputs) == parts


def test_the_message_says_which_part_of_a_date_is_missing_and_leads_there():
    summary = page("{% error_summary form %}", form=with_date("1", "", "2021"))
    assert "“Forecast date” must include a month." in summary
    assert "#id_forecast-month" in summary


def test_a_date_is_read_from_its_parts():
    form = with_date(" 29", "02 ", "2024")
    assert form["forecast"].data == date(2024, 2, 29)
    assert "forecast" not in form.errors
    assert with_date("1st", "June", "21")["forecast"].data == date(2021, 6, 1)
    assert "forecast" not in with_date("", " ", "").errors


def test_a_date_is_shown_in_its_parts():
    html = Report(initial={"forecast": date(2021, 9, 4)})["forecast"].as_field_group()
    assert [box["value"] for box in tags(html, "input")] == ["4", "9", "2021"]


def test_no_widget_is_shown_as_something_it_is_not():
    class Odd(forms.Form):
        odd = forms.DateField(widget=forms.SplitDateTimeWidget)

    with pytest.raises(TypeError, match="SplitDateTimeWidget"):
        str(Odd())


def test_of_several_choices_none_is_lost():
    class Several(forms.Form):
        partner = forms.MultipleChoiceField(label="Partner", choices=[("1", "Council"), ("2", "Health")])

    boxes = tags(str(Several({"partner": ["1", "2"]})), "input")
    assert [(box["type"], box["value"]) for box in boxes if "checked" in box] == [
        ("checkbox", "1"),
        ("checkbox", "2"),
    ]
    summary = page("{% error_summary form %}", form=Several({}))
    assert "Choose “Partner”." in summary
    assert tags(summary, "a")[0]["href"].removeprefix("#") in {box["id"] for box in boxes}


def test_a_password_is_never_sent_back():
    class SignIn(forms.Form):
        password = forms.CharField(widget=forms.PasswordInput)

    assert "secret" not in str(SignIn({"password": "secret"}))


def test_nothing_typed_is_shown_as_nothing():
    assert "None" not in str(Report({}))


def test_what_people_typed_is_text():
    assert "<script>" not in str(Report({"done": "</textarea><script>"}))
    assert "<script>" not in page('{% govuk "tag" text=text %}', text="<script>")


def test_a_tag_nests_its_parameters_and_a_block_is_its_html():
    html = page('{% govuk "input" name="n" label__text=words %}', words="Words")
    assert tags(html, "label") == [{"class": "govuk-label", "for": "n"}]
    html = page(
        '{% govukblock "details" summaryText="Why" %}<p>{{ words }}</p>{% endgovukblock %}', words="a < b"
    )
    assert "<p>a &lt; b</p>" in html


def test_a_rating_is_a_word_and_a_colour():
    assert "Amber" in page('{% rating_tag "amber" %}')
    assert "Not rated" in page('{% rating_tag "" %}')
    assert "govuk-tag--green" not in page('{% status_tag "complete" %}')


def test_days_and_moments():
    moment = datetime(2021, 9, 14, 13, 5, tzinfo=UTC)
    assert (
        page("{{ day|day_in_words }}, {{ moment|day_in_words }}", day=date(2021, 9, 4), moment=moment)
        == "4 September 2021, 14 September 2021"
    )
    assert page("{{ moment|moment_in_words }}", moment=moment) == "14 September 2021, 2:05pm"
    assert page("{{ none|day_in_words }}{{ none|moment_in_words }}", none=None) == ""


def test_the_address_keeps_its_filters():
    assert page("{% query page=3 %}") == "?status=open&amp;page=3"
    assert page("{% query page=None %}") == "?status=open"
    links = [
        link["href"] for link in tags(page("{% pages page %}", page=Paginator(range(30), 10).page(2)), "a")
    ]
    assert set(links) == {"?status=open&page=1", "?status=open&page=2", "?status=open&page=3"}
    assert page("{% pages page %}", page=Paginator(range(3), 10).page(1)) == ""


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_an_error_page_needs_nothing_but_itself(name, settings):
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.DEMO_TODAY = date(2021, 4, 1)
    html = engines["django"].get_template(f"{name}.html").render()
    assert ">Business plan<" in html and "– Business plan</title>" in html
    assert "today is taken to be 1 April 2021" in html
    settings.DEMO_TODAY = None
    assert "Demonstration" not in engines["django"].get_template(f"{name}.html").render()
