"""What a tracked model refuses to save, and what its form says of it."""

import pytest
from django import forms
from django.core.exceptions import ValidationError

from actions.models import Action, BusinessPlan, FurtherAction, Ownership, StrategicDriver
from gscp.forms import RecordForm, reason_field
from gscp.record import Change
from subgroups.models import Group, Post

pytestmark = pytest.mark.django_db


class PlanForm(RecordForm, forms.ModelForm):
    """A form of some columns, one of which is unique."""

    reason = reason_field()

    class Meta:
        model = BusinessPlan
        fields = ["label", "title"]

    def write(self):
        self.instance.first_day, self.instance.last_day = "2022-04-01", "2023-03-31"
        for rating in ("green", "amber", "red"):
            setattr(self.instance, f"{rating}_means", "As before")
        self.instance.save()


class UntitledForm(PlanForm):
    """A form that leaves out a column which may not be empty."""

    class Meta(PlanForm.Meta):
        fields = ["label"]


class ActionForm(RecordForm, forms.ModelForm):
    """A form of columns that are unique together."""

    reason = reason_field()

    class Meta:
        model = Action
        fields = ["plan", "driver", "ref", "title", "text"]

    def write(self):
        self.instance.priority, self.instance.who = "low", "The partnership"
        self.instance.group = Group.objects.get(slug="qiip")
        self.instance.save()


class DriverForm(RecordForm, forms.ModelForm):
    """A form with a list that has to be chosen from, and one that may be left."""

    post = forms.ModelChoiceField(Post.objects.all(), required=False)

    class Meta:
        model = StrategicDriver
        fields = ["plan", "kind"]


@pytest.fixture
def sent(user):
    """sent(PlanForm, label="2022-23") is that form, filled in about the present plan."""

    def filled(form_class, **typed):
        about = {"subject": BusinessPlan.objects.get(label="2021-22"), "user": user("business.manager")}
        hidden = form_class(**about).initial
        data = {"token": str(hidden["token"]), "seen": hidden["seen"], "reason": "As agreed"}
        return form_class(data | {"title": "The next plan"} | typed, **about)

    return filled


def again(form):
    """The same form, sent once more."""
    return type(form)(form.data, subject=form.subject, user=form.user)


def test_a_unique_column_is_refused_with_a_message(sent):
    taken = sent(PlanForm, label="2021-22")
    assert taken.is_valid() and not taken.record()
    assert taken.errors == {"label": ["Business plan with this Label already exists."]}


def test_a_form_sent_again_does_not_find_its_own_row(sent):
    form = sent(PlanForm, label="2022-23")
    assert form.is_valid() and form.record()
    resent = again(form)
    assert resent.is_valid() and resent.record() and resent.was_sent_before
    assert BusinessPlan.objects.filter(label="2022-23").count() == 1


def test_a_form_sent_again_does_not_find_columns_that_are_unique_together(sent):
    driver = StrategicDriver.objects.first()
    typed = {
        "plan": driver.plan_id,
        "driver": driver.pk,
        "ref": "007",
        "title": "",
        "text": "Learn from reviews",
    }
    form = sent(ActionForm, **typed)
    assert form.is_valid() and form.record()
    resent = again(form)
    assert resent.is_valid() and resent.record() and resent.was_sent_before
    taken = sent(ActionForm, **typed)
    assert taken.is_valid() and not taken.record()
    assert "already exists" in str(taken.errors)


def test_a_column_that_the_form_does_not_show_is_named(sent):
    form = sent(UntitledForm, label="2022-23")
    assert form.is_valid() and not form.record()
    assert form.errors == {"__all__": ["Title: This field cannot be blank."]}


def test_what_is_unique_under_a_condition_is_so_only_then(action, on_record):
    owned = Ownership.objects.filter(action=action("005")).first()
    twice = Ownership(action=owned.action, partner=owned.partner)
    with pytest.raises(ValidationError, match="a_partner_owns_an_action_once"), on_record():
        twice.save()
    with on_record():
        owned.ended_on = "2021-06-15"
        owned.save()
        twice.save()
    owned.refresh_from_db()
    owned.ended_on = None
    with pytest.raises(ValidationError, match="a_partner_owns_an_action_once"), on_record():
        owned.save()


def test_a_row_that_keeps_what_is_unique_is_saved(on_record):
    plan = BusinessPlan.objects.get(label="2021-22")
    plan.title = "The plan as it was agreed"
    with on_record():
        plan.save()
    assert BusinessPlan.objects.get(label="2021-22").title == plan.title


def test_a_column_called_action_holds_the_action_concerned(action, on_record, monkeypatch):
    """The checker takes both for the same: what was saved otherwise, it would refuse for good."""
    number = Change.objects.last_number()
    monkeypatch.setattr(FurtherAction, "concerns", lambda row: {"action": action("006").pk})
    with pytest.raises(RuntimeError, match="its column “action” is another action"), on_record():
        FurtherAction(action=action("005"), text="Brief every locality").save()
    assert Change.objects.last_number() == number


def test_a_record_that_concerns_itself_has_to_say_so(action, on_record, monkeypatch):
    number = Change.objects.last_number()
    monkeypatch.setattr(Action, "concerns", lambda row: {"plan": row.plan_id, "group": row.group_id})
    changed = action("005")
    changed.rating = "red"
    with pytest.raises(RuntimeError, match="leaves out its own id, as “action”"), on_record():
        changed.save()
    assert Change.objects.last_number() == number


def test_an_entry_read_alone_says_what_a_text_was_before(on_record, action):
    for text in ("Brief every locality", "Brief every school"):
        with on_record():
            further = action("005").further_actions.last() or FurtherAction(action=action("005"))
            further.text = text
            further.save()
    [difference] = Change.objects.get(number=further.change_id).compared()
    assert (difference["old"], difference["new"]) == ("Brief every locality", "Brief every school")


def test_no_list_begins_with_dashes(user):
    form = DriverForm(subject=StrategicDriver.objects.first(), user=user("business.manager"))
    begins = {name: next(iter(form.fields[name].choices)) for name in ("plan", "kind", "post")}
    assert begins == {"plan": ("", "Choose one"), "kind": ("", "Choose one"), "post": ("", "None")}
