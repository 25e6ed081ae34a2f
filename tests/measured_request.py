"""An update as it is sent, against a plain Django form with simple-history over copies of its two tables.

The plain one has Django's middleware and markup. It asks for no permission.
"""

import re
from collections.abc import Callable, Iterator
from itertools import count, cycle, product
from statistics import median
from time import process_time

from django import forms
from django.conf import settings
from django.db import connection, models, transaction
from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.template import Context, Template
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path
from simple_history.models import HistoricalRecords

from actions.models import Action, ProgressUpdate
from gscp.permissions import public
from subgroups.models import DEMO_DOMAIN, User

SENT = {
    "difference": "Children are seen within five working days instead of eleven. " * 2,
    "next_step": "Audit the first thirty referrals.",
    "reason": "As planned",
}
HIDDEN = re.compile(r'name="(token|seen)" value="([^"]+)"')
PAGE = """<!doctype html><html lang="en"><title>{{ title }}</title><body><h1>{{ title }}</h1>
<form method="post">{% csrf_token %}{{ form.as_p }}<button>Save</button></form></body></html>"""


def plain(model: type[models.Model], **columns: models.Field) -> type[models.Model]:
    """An empty table with the same columns, keys, indexes and constraints, and simple-history's beside it.

    `columns` are taken in place of those of the same name.
    """
    own: dict = {"__module__": "bench.models"}
    for field in model._meta.concrete_fields:
        _name, _path, arguments, options = field.deconstruct()
        if field.is_relation:
            options |= {"related_name": "+"}
        own[field.name] = type(field)(*arguments, **options)
    constraints = [constraint.clone() for constraint in model._meta.constraints]
    for constraint in constraints:
        constraint.name = f"plain_{constraint.name}"
    own["Meta"] = type("Meta", (), {"app_label": "bench", "constraints": constraints})
    copy = type(f"Plain{model.__name__}", (models.Model,), own | columns)
    records = HistoricalRecords(app="bench")  # as simple_history.register() does, for no installed app
    records.manager_name, records.module, records.cls = "history", __name__, copy
    records.finalize(copy)
    with connection.schema_editor() as editor:
        editor.create_model(copy)
        editor.create_model(copy.history.model)
    return copy


class Sender:
    """Somebody who asks for a form at this address, and sends it."""

    def __init__(self, user: User, address: str):
        self.address, self.client = address, Client(SERVER_NAME="localhost")
        self.client.force_login(user, "subgroups.accounts.PostBackend")
        self.ratings, self.numbers = cycle(["red", "amber"]), count(1)

    def ask(self) -> None:
        page = self.client.get(self.address).content.decode()
        self.hidden = dict(HIDDEN.findall(page))

    def send(self) -> None:
        done = f"Met the three providers {next(self.numbers)} times and agreed one referral form."
        sent = SENT | self.hidden | {"done": done, "rating": next(self.ratings)}
        assert self.client.post(self.address, sent).status_code == 302, "it was not recorded"


def senders(slug: str) -> tuple[Sender, Sender]:
    """Of our form about this action, and of the plain one."""
    action = Action.objects.select_related("plan").get(slug=slug)
    user = User.objects.get(email="cem.chair" + DEMO_DOMAIN)
    urlpatterns.append(path("", plain_view(action)))
    ours, plain = Sender(user, f"{action.get_absolute_url()}update/"), Sender(user, "/plain/")
    with override_settings(MIDDLEWARE=[one for one in settings.MIDDLEWARE if one.startswith("django.")]):
        plain.ask()  # its client reads the setting once
    return ours, plain


def requests(batches: int) -> Iterator[list]:
    """What a request takes of the processor: least, median and greatest ratio of a batch; and its queries."""
    ours, plain = senders("005")
    parts = {"its form": [Sender.ask], "sent": [Sender.send], "both": [Sender.ask, Sender.send]}
    found: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(batches + 1):
        spent = dict.fromkeys(product((ours, plain), parts["both"]), 0.0)
        for number in range(10):
            for sender, work in product((ours, plain) if number % 2 else (plain, ours), parts["both"]):
                started = process_time()
                work(sender)
                spent[sender, work] += process_time() - started
        for name, works in parts.items():
            of_ours, of_plain = (sum(spent[sender, work] for work in works) for sender in (ours, plain))
            found[name].append(of_ours / of_plain)
    for name, ratios in found.items():
        counts = []
        for sender in (ours, plain):
            with CaptureQueriesContext(connection) as captured:
                for work in parts[name]:
                    work(sender)
            counts.append(len(captured))
        yield [f"an update, {name}", min(ratios[1:]), median(ratios[1:]), max(ratios[1:]), *counts]


def plain_view(action: Action) -> Callable[[HttpRequest], HttpResponse]:
    PlainAction = plain(Action)
    of_action = models.ForeignKey(PlainAction, models.PROTECT, related_name="updates")
    PlainUpdate = plain(ProgressUpdate, action=of_action)
    row = {f.attname: getattr(action, f.attname) for f in Action._meta.concrete_fields}
    PlainAction(**row).save()
    template = Template(PAGE)

    class PlainForm(forms.ModelForm):
        default_renderer = DjangoTemplates
        reason = forms.CharField(widget=forms.Textarea)

        class Meta:
            model = PlainUpdate
            fields = ProgressUpdate.REPORTED_FIELDS

    @public
    def update(request: HttpRequest) -> HttpResponse:
        of = PlainAction.objects.select_related("plan", "group").get(slug=action.slug)
        form = PlainForm(
            request.POST or None,
            instance=PlainUpdate(action=of, entered_by=request.user, change_id=action.change_id),
        )
        if not form.is_valid():
            shown = {"form": form, "title": "Update progress", "csrf_token": get_token(request)}
            return HttpResponse(template.render(Context(shown)))
        with transaction.atomic():
            saved = form.save(commit=False)
            saved._change_reason = form.cleaned_data["reason"]
            saved.save()
            of.rating = saved.rating
            of.save()
        return redirect("/")

    return update


urlpatterns: list = []
