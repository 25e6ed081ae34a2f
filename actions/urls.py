from django.urls import path

from actions import views

ACTION = "plans/<year:year>/actions/<slug:ref>/"

urlpatterns = [
    path("plans/<year:year>/", views.plan_detail, name="plan_detail"),
    path("plans/", views.plan_current, name="plan_current"),
    path(ACTION, views.action_detail, name="action_detail"),
    path(f"{ACTION}update/", views.action_update, name="action_update"),
    path(f"{ACTION}dates/", views.action_dates, name="action_dates"),
    path("updates/<number:pk>/confirm/", views.update_confirm, name="update_confirm"),
    path("exceptions/", views.exception_list, name="exceptions"),
    path("decisions/", views.decisions, name="decisions"),
    path("due/", views.due, name="due"),
    path("missing/", views.missing, name="missing"),
]
