"""What stands in the place of a guard that tests/guards.py takes away, where something must."""

from django.contrib.auth.decorators import login_not_required
from django.utils.safestring import SafeString, mark_safe
from rules import add_perm, always_allow

from gscp.permissions import may

add_perm("anything", always_allow)


def anybody_may(permission, *args, **kwargs):
    """Every post may; and what every post may read, everybody may."""

    def decorate(view):
        opened = may("anything", *args, **kwargs)(view)
        opened.permission = permission
        return login_not_required(opened) if permission == "read" else opened

    return decorate


def unescaped(words: str, *values, **named) -> SafeString:
    return mark_safe(words.format(*values, **named))  # noqa: S308 that is what is tried


def unescaped_join(between: str, words: str, rows) -> SafeString:
    return mark_safe(between.join(words.format(*row) for row in rows))  # noqa: S308 as above
