from django.urls import path

from scrutiny import views

urlpatterns = [
    path("", views.portal, name="scrutiny"),
    path("changes/", views.change_list, name="change_list"),
    path("changes/<number:number>/", views.change_detail, name="change_detail"),
]
