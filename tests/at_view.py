"""What a view answers somebody, without all that the server does before and after it for everybody alike."""

from copy import copy

from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.test import RequestFactory
from django.urls import resolve

from gscp.middleware import facts_of_one_version
from subgroups.models import User


def answer(request: HttpRequest):
    return request.resolver_match.func(request, **request.resolver_match.kwargs)


def status(user: User, method: str, address: str, **typed: str) -> int:
    """The status of its answer; 403 and 404 of what it raises, whose pages are not made.

    No session is read, nor who has it; no chain of middleware is gone through. It is for walks that ask the
    server the same of somebody, and may not be asked about the Scrutineer, whose database is another there.
    """
    request = getattr(RequestFactory(), method)(address, typed)
    request.resolver_match = resolve(request.path_info)
    request.user = copy(user)  # what it reads once is of one request
    request.session, request._messages = {}, CookieStorage(request)
    try:
        response = facts_of_one_version(answer)(request)
    except PermissionDenied:
        return 403
    except Http404:
        return 404
    if response.streaming:  # until it is read, its reader gets no other
        response.getvalue()
    return response.status_code
