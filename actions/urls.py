from django.urls import path

from actions.views import homes, plans

ACTION = "plans/<year:year>/actions/<slug:ref>/"

urlpatterns = [
    path("plans/<year:year>/", plans.plan_detail, name="plan_detail"),
    path("plans/", plans.plan_current, name="plan_current"),
    path(ACTION, plans.action_detail, name="action_detail"),
    path(f"{ACTION}update/", plans.action_update, name="action_update"),
    path(f"{ACTION}dates/", plans.action_dates, name="action_dates"),
    path("updates/<number:pk>/confirm/", plans.update_confirm, name="update_confirm"),
    path("exceptions/", homes.exception_list, name="exceptions"),
    path("decisions/", homes.decisions, name="decisions"),
    path("due/", homes.due, name="due"),
    path("missing/", homes.missing, name="missing"),
]
