from datetime import date

from django.urls import include, path, register_converter
from django.urls.converters import StringConverter

from gscp import coming_back, views
from gscp.permissions import public


class Number(StringConverter):
    regex = "[0-9]{1,15}"  # what both databases can hold

    def to_python(self, value: str) -> int:  # type: ignore[override]  # a converter's own type
        return int(value)


class MeetingAddress(StringConverter):
    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}(?:-[0-9]{1,3})?"

    def to_python(self, value: str) -> str:
        date.fromisoformat(value[:10])  # a ValueError makes it an address that is not found
        return value

    def to_url(self, value: str | date) -> str:
        return str(value)


class Month(StringConverter):
    regex = "[1-9][0-9]{3}-(?:0[1-9]|1[0-2])"


register_converter(MeetingAddress, "meeting")
register_converter(Number, "number")
register_converter(Month, "month")

handler400 = "gscp.trouble.bad_request_page"
handler404 = "gscp.pages.not_found_page"
handler500 = "gscp.trouble.error_page"

urlpatterns = [
    path("", views.home, name="home"),
    path("typed/", public(coming_back.typed_again), name="typed_again"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("privacy/", views.privacy, name="privacy"),
    path("health/live", views.health_live, name="health_live"),
    path("", include("subgroups.urls")),
    path("", include("actions.urls")),
    path("", include("scrutiny.urls")),
]
