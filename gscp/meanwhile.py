"""Boxes of a form that somebody left as they were, while somebody else changed what they show."""

from typing import Any

from django import forms
from django.core.exceptions import ObjectDoesNotExist

from gscp.record import Change
from gscp.record.looking_back import Past, looking_back
from gscp.widgets import DateParts


def show_what_was_left(form: Any, seen: int) -> bool:
    """Have each box that was sent as its page showed it show what is on record now.

    Sent again as it was, it would undo what somebody else wrote. `form` is a RecordForm that was sent, `seen`
    the number of the last change that its page went by. Returns whether any box shows something else now.
    """
    then = Change.objects.filter(number=seen).first()
    if then is None or form.opened_again is None:
        return False
    try:
        with looking_back(Past(then.at, seen)):
            opened = form.opened_again()
    except ObjectDoesNotExist:
        return False
    now, data, any_left = form.opened_again(), form.data.copy(), False
    for name, field in form.fields.items():
        if form[name].is_hidden or isinstance(field, forms.FileField):
            continue
        if name not in opened.fields or name not in now.fields:
            continue
        was, is_now, sent = opened[name].initial, now[name].initial, form[name].data
        if not field.has_changed(was, sent) and field.has_changed(is_now, sent):
            boxes = sent_of(field.widget, form.add_prefix(name), field.prepare_value(is_now))
            for box, texts in boxes.items():
                data.setlist(box, texts)
            any_left = True
    form.data = data
    return any_left


def sent_of(widget: forms.Widget, name: str, value: Any) -> dict[str, list[str]]:
    """What a browser sends of a box that shows this value: texts by name."""
    if isinstance(widget, DateParts):
        return {f"{name}-{box['name']}": [box["value"]] for box in widget.boxes(value)}
    if isinstance(widget, forms.CheckboxInput):
        return {name: ["on"] if value else []}
    shown = widget.format_value(value)
    return {name: [str(one) for one in shown] if isinstance(shown, list) else [str(shown or "")]}
