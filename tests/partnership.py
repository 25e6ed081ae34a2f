"""What the tests of partners, groups, posts and their holders share."""

from datetime import date

QIIP_CHAIR = "QiiP Subgroup Chair"
OWN_PASSWORD = "seven slow purple otters"
UPDATE = "/plans/2021-22/actions/006/update/"


def day_of(name, *day) -> dict[str, str]:
    """What a date's three boxes send; every box empty for no day."""
    return dict(
        zip((f"{name}-day", f"{name}-month", f"{name}-year"), map(str, day or ("",) * 3), strict=True)
    )


def set_password(client, link, password=OWN_PASSWORD):
    """As the owner of a new account, who was given this link."""
    form = client.get(link, follow=True)
    sent = {"new_password1": password, "new_password2": password}
    return client.post(form.redirect_chain[-1][0], sent) if form.redirect_chain else form


def filled(page) -> dict[str, str]:
    """What stands in the visible fields of the page's form."""
    form = page.context["form"]
    typed = {}
    for bound in form.visible_fields():
        value = bound.value()
        if isinstance(value, date):
            typed |= day_of(bound.name, value.day, value.month, value.year)
        elif value not in (None, False):
            typed[bound.name] = str(value)
    return typed
