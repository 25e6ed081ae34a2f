from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from gscp.permissions import home_of, may, public


@may("read")
def home(request) -> HttpResponse:
    return redirect(home_of(request.user)[1])


@public
@require_safe
def health_live(request) -> HttpResponse:
    return HttpResponse("live", content_type="text/plain")
