"""No form and no filter takes what it cannot mean, and nothing typed fills the memory."""

import gc
import inspect
import resource
from importlib import import_module

import django_filters
import pytest
from allauth.core.context import request_context
from django import forms
from django.apps import apps

from actions.filters import ActionFilter, OffPlanFilter, ReportFilter
from gscp import components
from gscp.bounds import MOST_CHARACTERS, BoundedForm
from gscp.filters import ListFilter
from gscp.kept import Kept
from gscp.widgets import DateParts
from scrutiny.filters import ChangeFilter
from subgroups import account_forms, factor_forms
from tests.answers import said
from tests.conftest import AGENDA, form_of

pytestmark = pytest.mark.django_db
LONG = "7" * 700_000
MODULES = [
    "gscp.forms", "gscp.identity_form",
    "actions.views.mailing", "subgroups.account_forms", "subgroups.factor_forms", "subgroups.forms",
    "actions.filters", "actions.forms.adding",
    "actions.forms.amending", "actions.forms.answers", "actions.forms.base", "actions.forms.baselines",
    "actions.forms.bulk", "actions.forms.chain", "actions.forms.confirming", "actions.forms.correcting",
    "actions.forms.decisions",
    "actions.forms.discarding", "actions.forms.endings", "actions.forms.evidence",
    "actions.forms.groups", "actions.forms.housekeeping", "actions.forms.impact", "actions.forms.importing",
    "actions.forms.keeping", "actions.forms.measures", "actions.forms.meetings", "actions.forms.mending",
    "actions.forms.pasted", "actions.forms.reviews",
    "actions.forms.readings", "actions.forms.registers", "actions.forms.reordering",
    "actions.forms.small_numbers", "actions.forms.training", "actions.forms.updates",
    "actions.forms.words", "actions.views.search",
    "scrutiny.filters", "scrutiny.forms", "scrutiny.moments", "scrutiny.views.past",
]  # fmt: skip


def ours(base) -> list[type]:
    found = {
        member
        for module in map(import_module, MODULES)
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, base)
        and member.__module__.split(".")[0] in ("gscp", "subgroups", "actions", "scrutiny")
    }
    return sorted(found, key=lambda one: f"{one.__module__}.{one.__name__}")


def test_every_module_of_forms_and_filters_is_looked_at():
    """Whatever makes a form anywhere has it in one of these."""
    made = set()
    for base in (forms.BaseForm, ListFilter):
        waiting = [base]
        while waiting:
            waiting += (subclasses := waiting.pop().__subclasses__())
            made.update(one.__module__ for one in subclasses)
    own = {config.name for config in apps.get_app_configs() if "." not in config.name} & {
        "gscp", "subgroups", "actions", "scrutiny",
    }  # fmt: skip
    assert {name for name in made if name.split(".")[0] in own} <= {*MODULES, "gscp.bounds", "gscp.filters"}


def unbounded(fields) -> list[str]:
    return [
        name
        for name, field in fields.items()
        if isinstance(field, forms.CharField)
        and not isinstance(field, forms.UUIDField)
        and not (field.max_length and field.max_length <= 20_000)
    ]


@pytest.fixture
def in_session(rf):
    request = rf.get("/")
    request.session = {}
    return request


@pytest.mark.parametrize("form", ours(forms.BaseForm), ids=lambda form: form.__name__)
@pytest.mark.run_in("sqlite")  # fields of forms
def test_every_text_of_a_form_has_an_end(form, user, in_session):
    if not issubclass(form, BoundedForm):  # allauth's and Django's, which take no other kind of field
        assert form.__module__ in (account_forms.__name__, factor_forms.__name__)
        named = form not in (account_forms.SignInForm, factor_forms.PasskeySignInForm)
        with request_context(in_session):
            fields = form(**{"user": user("cem.chair")} if named else {}).fields
        assert all(isinstance(field, forms.CharField) for field in fields.values())
        assert unbounded(fields) == []
    else:
        assert unbounded(form.base_fields) == []


@pytest.mark.parametrize("form", ours(ListFilter), ids=lambda form: form.__name__)
@pytest.mark.run_in("sqlite")  # fields of filters
def test_every_text_of_a_filter_has_an_end(form):
    texts = {
        name: one.field
        for name, one in form.base_filters.items()
        if isinstance(one, django_filters.CharFilter)
    }
    assert unbounded(texts) == [] and unbounded(form._meta.form.base_fields) == []
    assert all(field.max_length <= MOST_CHARACTERS for field in texts.values())


FORMS = [
    "/partners/new/", "/partners/1/edit/", "/groups/new/", "/groups/mash/edit/", "/groups/mash/quorum/",
    "/posts/new/", "/posts/1/edit/", "/posts/1/handover/", "/partnership/", "/meetings/new/",
    f"{AGENDA}edit/", f"{AGENDA}attendance/", "/plans/2021-22/actions/005/update/",
    "/plans/2021-22/actions/005/dates/",
]  # fmt: skip


@pytest.mark.parametrize("url", FORMS)
def test_no_form_shows_again_what_cannot_be_meant(url, manager):
    """All but its own long texts, which nobody is to lose."""
    page = manager.get(url)
    form = page.context["form"]
    texts = {
        name
        for name, field in form.fields.items()
        if (getattr(field, "max_length", 0) or 0) > MOST_CHARACTERS
    }
    sent = {name: LONG[:100_000] for name in [*form.fields, *parts_of(form)] if name not in texts}
    answer = manager.post(url, sent)
    assert answer.status_code == 200 and "There is a problem" in said(answer)
    assert len(answer.content) < len(page.content) + 100_000


def parts_of(form) -> list[str]:
    days = [name for name, field in form.fields.items() if isinstance(field.widget, DateParts)]
    return [f"{name}-{part}" for name in days for part in ("day", "month", "year", "time")]


FILTERS = {
    "/plans/2021-22/": ActionFilter,
    "/exceptions/found/": OffPlanFilter,
    "/exceptions/reports/": ReportFilter,
    "/scrutiny/changes/": ChangeFilter,
}
PAGES = {
    "/scrutiny/verify/": ["head"],
    "/scrutiny/as-at/": ["on", "on-day", "on-time", "was", "page"],
    "/scrutiny/compare/": ["since", "until-year", "page"],
    "/exceptions/": ["group"],
    "/meetings/new/": ["group"],
    "/scrutiny/changes/": ["before", "after", "since-day", "page"],
    "/plans/2021-22/": ["page"],
    "/due/": ["anything"],
}


def test_every_filter_is_on_a_page_that_is_looked_at():
    assert set(FILTERS.values()) == set(ours(ListFilter)) - {ListFilter}


@pytest.mark.parametrize(
    ("url", "name"),
    [(url, name) for url, names in PAGES.items() for name in names]
    + [(url, name) for url, one in FILTERS.items() for name in one.base_filters],
)
def test_no_page_shows_again_a_query_that_cannot_be_meant(url, name, manager):
    assert manager.get(url, {name: "7" * 50_000}).status_code == 400
    answer = manager.get(url, {name: "7" * 7_000})
    assert answer.status_code in (200, 404) and said(answer).count("7" * 7_000) <= 4


@pytest.mark.run_in("sqlite")  # the memory of the process
def test_many_long_days_do_not_stay_in_the_memory(manager):
    page = form_of(manager.get("/partners/new/"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(60):
        manager.post("/partners/new/", page | {"started_on-day": f"{number}{LONG}"})
        if number % 15 == 14:
            gc.collect()  # or what a request leaves is freed when Python comes to it, late in a large process
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000, "kilobytes"


def test_markup_that_is_kept_has_an_end(monkeypatch):
    monkeypatch.setattr(components, "kept", Kept(300_000, components.size_of))
    for number in range(50):
        items = [{"text": f"{number} {'x' * 5000}"}]
        html = components.component("error-summary", {"titleText": "Wrong", "errorList": [], "items": items})
        assert "Wrong" in html
        assert components.kept.bytes <= 300_000
    assert 1 < len(components.kept.values) < 50
