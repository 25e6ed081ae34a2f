"""A server whose styles were never built says so, where each of its pages would be a 500."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from gscp.static import ON_EACH_PAGE, why_not_built

pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]  # files


def test_what_each_page_needs_is_what_it_names(client):
    html = client.get("/sign-in/").content.decode()
    assert why_not_built() == []
    for name in ON_EACH_PAGE:
        assert f"/static/{name.partition('.')[0]}." in html


def test_static_files_that_were_not_built_are_told(client, sign_in, settings, tmp_path):
    manager = sign_in("business.manager")
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = dict(settings.STORAGES)  # so that the storage is made anew
    wrong = [f"the static file {name} is not built" for name in ON_EACH_PAGE]
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.content) == (503, b"not ready")
    assert manager.get("/health/ready").json()["wrong"] == wrong
    with pytest.raises(SystemCheckError, match="app.css is not built"):
        call_command("check", deploy=True)
