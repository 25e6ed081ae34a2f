from datetime import date

from django.urls import include, path, register_converter
from django.urls.converters import StringConverter

from gscp import views


class Number(StringConverter):
    """A number both databases can hold: 1 to 15 digits."""

    regex = "[0-9]{1,15}"

    def to_python(self, value: str) -> int:  # type: ignore[override]  # a converter's own type
        return int(value)


class Year(StringConverter):
    """A plan's year, as 2021-22."""

    regex = "[0-9]{4}-[0-9]{2}"


class Day(StringConverter):
    """A day, as 2021-06-15; what is no day of the calendar is no address."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:  # type: ignore[override]  # a converter's own type
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:  # type: ignore[override]  # a converter's own type
        return value.isoformat()


register_converter(Day, "day")
register_converter(Number, "number")
register_converter(Year, "year")

urlpatterns = [
    path("", views.home, name="home"),
    path("health/live", views.health_live, name="health_live"),
    path("", include("subgroups.urls")),
    path("", include("actions.urls")),
    path("", include("scrutiny.urls")),
]
