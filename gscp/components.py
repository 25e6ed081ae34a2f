"""GOV.UK markup: one renderer of components, and of every form's fields by them."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeVar

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.forms.utils import flatatt
from django.forms.widgets import Input
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from jinja2 import ChainableUndefined, Environment, PackageLoader, PrefixLoader

from gscp.bounds import MOST_CHARACTERS
from gscp.kept import Kept
from gscp.widgets import DateParts, Typed

# Past this many characters nobody writes towards the limit, and a countdown would only distract.
COUNTED = 3000
COUNTED_FROM = 75  # hundredths of the limit: until then boxes with a countdown and without one look the same

Markup = TypeVar("Markup", bound=str)

environment = Environment(
    loader=PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
    autoescape=True,
    undefined=ChainableUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,  # an installed package's templates do not change under us
)


@cache
def macro(name: str) -> Callable[[dict[str, Any]], str]:
    module = environment.get_template(f"govuk_frontend_jinja/components/{name}/macro.html").module
    return getattr(module, "govuk" + "".join(word.capitalize() for word in name.split("-")))


def component(name: str, params: dict[str, Any]) -> SafeString:
    """The markup of a GOV.UK component, by its name and parameters as the design system documents them.

    `text` is escaped, `html` is not.
    """
    # A list of choices takes milliseconds to render. It or an empty box is mostly the one of the page before.
    repeats = "items" in params or params.get("value") == ""
    html = kept_markup(name, params, macro(name)) if repeats else macro(name)(params)
    return mark_safe(html)  # noqa: S308 the macros escape


def as_key(value: Any) -> Hashable:
    # A plain text is its own key, all else has its type: a SafeString is not escaped, and True is not 1.
    if type(value) is str:
        return value
    if isinstance(value, dict):
        return (dict, *value, *map(as_key, value.values()))
    if isinstance(value, list):
        return (list, *map(as_key, value))
    return type(value), value


def entry(shown: dict[str, Any]) -> SafeString:
    """The markup of a ledger's entry."""
    return kept_markup("entry", shown, partial(render_to_string, "gscp/change.html"))


def kept_markup(name: str, params: dict[str, Any], render: Callable[[dict[str, Any]], Markup]) -> Markup:
    key = (name, as_key(params))
    if found := kept.get(key):
        return found[0]
    markup = render(params)
    kept.add(key, markup)
    return markup


def size_of(value: Any) -> int:
    """Of markup, and of the key that it is found by: tuples of texts and their types, more or less."""
    if isinstance(value, tuple):
        return 80 + sum(map(size_of, value))
    return 60 + 2 * len(value) if isinstance(value, str) else 30


kept = Kept(16 * 2**20, size_of)  # of a worker's memory


def field(bound: BoundField, in_table: bool = False) -> SafeString:
    """A bound field as the GOV.UK component that its widget stands for.

    In a table the headings of row and column are seen in the place of its label.

    Raises:
        TypeError: there is none for this widget.
    """
    widget = bound.field.widget
    for kinds, renders in COMPONENTS:
        if isinstance(widget, kinds):
            name, params = renders(bound, widget)
            shown = common(bound) | params
            if in_table:
                shown["label"]["classes"] = "govuk-visually-hidden"
            return component(name, shown)
    raise TypeError(f"{bound.name}: no GOV.UK component for a {type(widget).__name__}.")


def common(bound: BoundField) -> dict[str, Any]:
    errors = messages(bound)
    return {
        "id": html_id(bound),
        "idPrefix": html_id(bound),
        "name": bound.html_name,
        "label": {"text": label(bound), "classes": "govuk-label--s"},
        "hint": {"html": conditional_escape(bound.help_text)} if bound.help_text else None,
        "errorMessage": {"text": " ".join(errors)} if errors else None,
        "attributes": {},
    }


VERBS = dict.fromkeys(
    (forms.Select, forms.SelectMultiple, forms.RadioSelect, forms.CheckboxSelectMultiple), "Choose"
) | {forms.CheckboxInput: "Tick"}


def messages(bound: BoundField) -> list[str]:
    # Django's own messages do not name the field, and an error summary has them one under the other. A field
    # that has messages of its own keeps them.
    widget, value, own = bound.field.widget, bound.value(), bound.field.default_error_messages
    texts = []
    for error in bound.errors.as_data():
        if error.code == "required" and error.message == forms.Field.default_error_messages["required"]:
            texts.append(f"{VERBS.get(type(widget), 'Fill in')} “{bound.label}”.")
        elif error.code == "invalid" and isinstance(value, Typed):
            texts.append(f"“{bound.label}” {widget.wrong_parts(value)[1]}.")
        elif error.code == "invalid_choice" and error.message == own.get("invalid_choice"):
            texts.append(f"Choose “{bound.label}” from its list.")
        elif error.code == "null_characters_not_allowed":
            texts.append(f"“{bound.label}” holds a character that nobody can type: remove it.")
        elif error.code == "max_length" and error.params and "show_value" in error.params:
            has, most = (error.params[name] for name in ("show_value", "limit_value"))
            # What is longer than anything this field takes was cut (gscp/bounds.py).
            it_has = f"more than {MOST_CHARACTERS}" if most <= MOST_CHARACTERS < has else f"{has:,}"
            texts.append(f"“{bound.label}” must be {most:,} characters or fewer. It has {it_has}.")
        else:
            texts += error.messages
    return list(dict.fromkeys(texts))


def html_id(bound: BoundField) -> str:
    return bound.auto_id or bound.html_name


def label(bound: BoundField) -> str:
    # A form without a required field (a filter) marks none; and a form names in `not_marked_optional` the
    # fields that it needs depending on others.
    optional = (
        not bound.field.required
        and not isinstance(bound.field.widget, forms.CheckboxInput)
        and any(other.required for other in bound.form.fields.values())
        and bound.name not in getattr(bound.form, "not_marked_optional", ())
    )
    return f"{bound.label} (optional)" if optional else str(bound.label)


# Attributes that would have the browser refuse or cut what was typed: the server says what is wrong.
# A placeholder is not a label, and vanishes when it is needed.
LEFT_OUT = {
    "aria-describedby", "aria-invalid", "autocomplete", "autofocus", "class", "cols", "inputmode", "max",
    "maxlength", "min", "minlength", "placeholder", "required", "rows", "spellcheck", "step",
}  # fmt: skip


def attributes(widget: forms.Widget) -> dict[str, str]:
    return {
        name: "" if value is True else value
        for name, value in widget.attrs.items()
        if name not in LEFT_OUT and value not in (None, False)
    }


def of_text_box(bound: BoundField, widget: Any) -> dict[str, Any]:
    return {
        "value": widget.format_value(bound.value()) or "",
        "autocomplete": widget.attrs.get("autocomplete"),
        "spellcheck": widget.attrs.get("spellcheck"),
        "classes": widget.attrs.get("class"),
        "attributes": attributes(widget),
    }


Component = tuple[str, dict[str, Any]]  # its name and parameters


def input_(bound, widget) -> Component:
    # A text box, as GOV.UK has it: a number box scrolls values away and hides what it cannot read.
    number = isinstance(widget, forms.NumberInput)
    return "input", of_text_box(bound, widget) | {
        "type": "text" if number else widget.input_type,
        "inputmode": widget.attrs.get("inputmode") or ("decimal" if number else None),
        "classes": widget.attrs.get("class") or ("govuk-input--width-10" if number else None),
    }


def password(bound, widget) -> Component:
    # What was typed is never sent back, as Django has it.
    return "password-input", of_text_box(bound, widget) | {"value": ""}


def textarea(bound, widget) -> Component:
    limit = getattr(bound.field, "max_length", None)
    params = of_text_box(bound, widget) | {"rows": widget.attrs.get("rows", 4)}
    if limit and limit <= COUNTED:
        return "character-count", params | {"maxlength": limit, "threshold": COUNTED_FROM}
    return "textarea", params


def file(bound, widget) -> Component:
    return "file-upload", {"attributes": attributes(widget)}


def choices(bound: BoundField, widget: Any, chosen_key: str) -> list[dict[str, Any]]:
    # `chosen_key`: "selected" or "checked", by component. GOV.UK's components have no groups of choices.
    chosen = widget.format_value(bound.value())
    hints = getattr(widget, "option_hints", {})
    return [
        {
            "value": str(value),
            "text": text,
            "hint": {"text": hints[value]} if hints.get(value) else None,
            chosen_key: str(value) in chosen,
        }
        for value, text in (("" if key is None else key, text) for key, text in widget.choices)
    ]


def legend(bound: BoundField) -> dict[str, Any]:
    return {"legend": {"text": label(bound), "classes": "govuk-fieldset__legend--s"}}


def select(bound, widget) -> Component:
    return "select", {"items": choices(bound, widget, "selected"), "attributes": attributes(widget)}


def radios(bound, widget) -> Component:
    return "radios", {
        "fieldset": legend(bound),
        "items": choices(bound, widget, "checked"),
        "classes": widget.attrs.get("class") or "govuk-radios--small",
    }


def checkboxes(bound, widget) -> Component:
    return "checkboxes", {
        "fieldset": legend(bound),
        "items": choices(bound, widget, "checked"),
        "classes": widget.attrs.get("class") or "govuk-checkboxes--small",
    }


def checkbox(bound, widget) -> Component:
    item = {
        "value": "on",
        "text": str(bound.label),
        "hint": common(bound)["hint"],
        "checked": widget.check_test(bound.value()),
    }
    return "checkboxes", {"items": [item], "hint": None, "classes": "govuk-checkboxes--small"}


def date_input(bound, widget) -> Component:
    value = bound.value()
    boxes = widget.boxes(value)
    wrong = [box["name"] for box in boxes if bound.errors]
    if isinstance(value, Typed):
        wrong, _ = widget.wrong_parts(value)
    return "date-input", {
        "fieldset": legend(bound),
        "namePrefix": bound.html_name,
        "items": [
            box | {"classes": box["classes"] + " govuk-input--error" * (box["name"] in wrong)}
            for box in boxes
        ],
    }


# The first that fits is taken: a subclass comes before its base.
COMPONENTS: list[tuple[Any, Callable[[BoundField, Any], Component]]] = [
    (DateParts, date_input),
    (forms.CheckboxInput, checkbox),
    # GOV.UK has no list to choose several from: Django's own would lose all but one as its select.
    ((forms.CheckboxSelectMultiple, forms.SelectMultiple), checkboxes),
    (forms.RadioSelect, radios),
    (forms.Select, select),
    (forms.Textarea, textarea),
    (forms.PasswordInput, password),
    (forms.FileInput, file),
    (Input, input_),
]


def hidden(form: forms.BaseForm) -> SafeString:
    # One whose value was refused has its first value again: nobody can see it to correct it.
    return format_html_join("", "{}", ([hidden_box(bound)] for bound in form.hidden_fields()))


def hidden_box(bound: BoundField) -> SafeString:
    widget, value = bound.field.widget, bound.initial if bound.errors else bound.value()
    if not isinstance(widget, forms.HiddenInput) or isinstance(widget, forms.MultipleHiddenInput):
        return widget.render(bound.html_name, value, {"id": html_id(bound)})
    # Django would render a template for it.
    named = {"name": bound.html_name, "value": widget.format_value(value), "id": html_id(bound)}
    told = ((name, part) for name, part in named.items() if part is not None)
    return format_html(
        '<input type="hidden"{}{}>', format_html_join("", ' {}="{}"', told), flatatt(widget.attrs)
    )


def error_summary(form: forms.BaseForm) -> SafeString:
    lines: list[dict[str, str]] = [{"text": str(message)} for message in form.non_field_errors()]
    for bound in form:
        to = {} if bound.is_hidden else {"href": f"#{id_to_mend(bound)}"}
        about = getattr(bound.field, "about", "")
        lines += [{"text": f"{about}: {message}" if about else message} | to for message in messages(bound)]
    # The hidden fields share one message.
    lines = [line for number, line in enumerate(lines) if line not in lines[:number]]
    if not lines:
        return SafeString("")
    return component("error-summary", {"titleText": "There is a problem", "errorList": lines})


def id_to_mend(bound: BoundField) -> str:
    widget, value = bound.field.widget, bound.value()
    if isinstance(value, Typed):  # the first of its wrong parts
        return f"{html_id(bound)}-{widget.wrong_parts(value)[0][0]}"
    # GOV.UK gives the first of several radios or checkboxes the id itself.
    return widget.id_for_label(html_id(bound)) if isinstance(widget, DateParts) else html_id(bound)


@dataclass(frozen=True)
class Bar:
    label: str
    now: int
    before: int | None = None  # the count of the last meeting's papers, where there are any
    href: str = ""


class GovukRenderer(TemplatesSetting):
    form_template_name = "gscp/fields.html"
    field_template_name = "gscp/field.html"
