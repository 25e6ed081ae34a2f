"""Boxes of a form that somebody left as they were, while somebody else changed what they show."""

from typing import Any

from django import forms
from django.core.exceptions import ObjectDoesNotExist

from gscp.record import Change, is_like_tombstone
from gscp.record.looking_back import Past, looking_back
from gscp.widgets import DateParts


def show_what_was_left(form: Any, newer: Change) -> bool:
    """Have each box that was sent as its page showed it show what is on record now.

    Sent again as it was, it would undo what somebody else wrote. `form` is a RecordForm that was sent,
    `newer` the first change that its page does not go by. Returns whether any box shows something else now.
    """
    if form.made_anew is None:
        return False
    try:
        with looking_back(Past(newer.at, newer.number - 1)):
            opened = form.made_anew()
    except ObjectDoesNotExist:  # its page would have been opened before what it is about was on record
        return False
    now, data, any_left = form.made_anew(), form.data.copy(), False
    for name in [name for name in form.fields if name in opened.fields and name in now.fields]:
        field, was, is_now, sent = form.fields[name], opened[name].initial, now[name].initial, form[name].data
        if form[name].is_hidden or isinstance(field, forms.FileField):
            continue
        was_taken_out = name in now.fields_taken_out or is_like_tombstone(str(is_now or ""))
        is_left = not field.has_changed(was, sent) and field.has_changed(is_now, sent)
        if is_left or was_taken_out:  # of the record since: what was sent may be that text
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
