"""A cache that all processes and servers share: a table whose values are JSON.

django-allauth counts tries in it, and keeps which codes were used. Django's own table for this holds pickles,
which run the code of whoever wrote them. A row holds a keyed hash in place of its key, which names a person.
"""

import json
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac


class SharedValueQuerySet(models.QuerySet["SharedValue"]):
    def current(self) -> "SharedValueQuerySet":
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()))


class SharedValue(models.Model):
    key = models.CharField(max_length=64, primary_key=True)
    value = models.TextField()
    expires_at = models.DateTimeField(null=True, db_index=True)

    objects = SharedValueQuerySet.as_manager()

    def __str__(self) -> str:
        return self.key


class SharedCache(BaseCache):
    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def key_of_row(self, key: Any, version: int | None) -> str:
        made = self.make_key(key, version=version)
        return salted_hmac("gscp.shared_cache", made, algorithm="sha256").hexdigest()

    def ends_at(self, timeout: Any) -> datetime | None:
        moment = self.get_backend_timeout(timeout)
        return None if moment is None else datetime.fromtimestamp(moment, UTC)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        row = SharedValue.objects.current().filter(pk=self.key_of_row(key, version)).first()
        return default if row is None else json.loads(row.value)

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return SharedValue.objects.current().filter(pk=self.key_of_row(key, version)).exists()

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        forget_expired()
        kept = {"value": json.dumps(value), "expires_at": self.ends_at(timeout)}
        SharedValue.objects.update_or_create(pk=self.key_of_row(key, version), defaults=kept)

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Whether it was not there: of several that add it at once, this is true for one."""
        forget_expired()
        kept = {"value": json.dumps(value), "expires_at": self.ends_at(timeout)}
        row = self.key_of_row(key, version)
        return SharedValue.objects.get_or_create(pk=row, defaults=kept)[1]

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        with transaction.atomic():
            rows = SharedValue.objects.current().select_for_update()
            row = rows.filter(pk=self.key_of_row(key, version)).first()
            if row is None:
                raise ValueError(f"Key '{key}' not found.")
            value = json.loads(row.value) + delta
            row.value = json.dumps(value)
            row.save(update_fields=["value"])
        return value

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        rows = SharedValue.objects.current().filter(pk=self.key_of_row(key, version))
        return bool(rows.update(expires_at=self.ends_at(timeout)))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(SharedValue.objects.filter(pk=self.key_of_row(key, version)).delete()[0])

    def clear(self) -> None:
        SharedValue.objects.all().delete()


def forget_expired() -> None:
    SharedValue.objects.filter(expires_at__lte=timezone.now()).delete()
