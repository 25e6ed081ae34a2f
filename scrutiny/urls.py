from django.urls import include, path

from scrutiny.views import changes, packs, past, portal, redactions

PACK = "meetings/<slug:slug>/<meeting:address>/pack/"

urlpatterns = [
    path("health/ready", portal.health_ready, name="health_ready"),
    path(PACK, packs.pack, name="pack"),
    path(f"{PACK}data/", packs.pack_data, name="pack_data"),
    path(
        "scrutiny/",
        include(
            [
                path("", portal.portal, name="scrutiny"),
                path("as-at/", past.as_at, name="as_at"),
                path("as-at/<str:moment>/", past.as_at_page, {"path": ""}, name="as_at_page"),
                path("as-at/<str:moment>/<path:path>", past.as_at_page, name="as_at_page"),
                path("compare/", past.compare, name="compare"),
                path("verify/", portal.verify, name="verify"),
                path("changes/", changes.change_list, name="change_list"),
                path("changes/export.<slug:form>", changes.change_export, name="change_export"),
                path("changes/<number:number>/", changes.change_detail, name="change_detail"),
                path(
                    "changes/<number:number>/take-out/<slug:field>/",
                    redactions.redaction_ask,
                    name="redaction_ask",
                ),
                path("redactions/", redactions.redaction_list, name="redactions"),
                path("redactions/<number:pk>/", redactions.redaction_detail, name="redaction_detail"),
                path("redactions/<number:pk>/decide/", redactions.redaction_decide, name="redaction_decide"),
            ]
        ),
    ),
]
