from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from gscp.permissions import home_of, may, public


@may("read")
def home(request):
    return redirect(home_of(request.user)[1])


@public
@require_safe
def health_live(request):
    return HttpResponse("live", content_type="text/plain")
