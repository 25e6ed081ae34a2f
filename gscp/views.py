from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from gscp import defences
from gscp.permissions import home_of, may


@may("read")
def home(request):
    return redirect(home_of(request.user)[1])


@require_safe
@login_not_required
def health_live(request):
    return HttpResponse("live", content_type="text/plain")


@require_safe
@login_not_required
def health_ready(request):
    """200 when this server can do its work; 503 and what is wrong where it cannot."""
    try:
        wrong = [*(f"not migrated: {step}" for step in defences.to_come()), *defences.wrong()]
    except DatabaseError:
        wrong = ["the database does not answer"]
    return JsonResponse({"ready": not wrong, "wrong": wrong}, status=503 if wrong else 200)
