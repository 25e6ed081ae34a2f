from django.urls import path

from scrutiny import past, views

urlpatterns = [
    path("", views.portal, name="scrutiny"),
    path("as-at/", past.as_at, name="as_at"),
    path("as-at/<str:moment>/<path:path>", past.as_at_page, name="as_at_page"),
    path("compare/", past.compare, name="compare"),
    path("changes/", views.change_list, name="change_list"),
    path("changes/<number:number>/", views.change_detail, name="change_detail"),
]
