"""What takes long to make is made for one reader once at a time, and few are made at once."""

from socket import socketpair

import pytest
from django.http import HttpResponse, StreamingHttpResponse

from gscp import heavy
from gscp.heavy import MOST_IN_PROCESS, places
from scrutiny.views import changes, packs

# Once: places are kept in the process.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
EXPORT = "/scrutiny/changes/export.jsonl"
WAIT = "Your other paper is still being made."


def test_a_second_is_refused_until_the_first_is_sent(sign_in):
    reader, another = sign_in("scrutineer"), sign_in("qiip.chair")
    first = reader.get(EXPORT)
    pieces = iter(first.streaming_content)
    next(pieces)
    second = reader.get("/scrutiny/changes/export.csv")
    assert (second.status_code, second["Retry-After"]) == (503, "10") and WAIT in second.content.decode()
    assert 'href="/scrutiny/changes/export.csv">Try again' in second.content.decode()
    assert reader.get("/scrutiny/").status_code == 200, "every other page is there"
    others = another.get(EXPORT)
    assert others.status_code == 200 and b"".join(others)
    assert b"".join(pieces)
    again = reader.get(EXPORT)
    assert again.status_code == 200 and b"".join(again)


def test_few_are_made_at_once_whoever_asks(sign_in, user):
    for name in ("qiip.chair", "cem.chair")[:MOST_IN_PROCESS]:
        assert places.take(user(name).pk) == ""
    answer = sign_in("scrutineer").get(EXPORT)
    assert answer.status_code == 503 and "Other people's papers are being made." in answer.content.decode()
    places.leave(user("qiip.chair").pk)
    answer = sign_in("scrutineer").get(EXPORT)
    assert answer.status_code == 200 and b"".join(answer)


@pytest.mark.parametrize("view", [packs.pack, packs.pack_data, changes.change_export])
def test_what_is_heavy_records_nothing(view, rf, user):
    request = rf.post("/")
    request.user = user("cem.chair")
    assert view(request).status_code == 405
    places.take(request.user.pk)
    request = rf.get("/")
    request.user = user("cem.chair")
    page = heavy.heavy(lambda request: HttpResponse())(request)
    assert "Nothing was lost, and nothing was recorded." in page.content.decode()


@pytest.mark.parametrize("how", ["read to its end", "left in the middle", "never begun", "failing", "whole"])
def test_a_place_is_free_again_however_it_ends(how, rf, user):
    def pieces():
        yield "one"
        if how == "failing":
            raise ArithmeticError
        yield "two"

    request = rf.get("/")
    request.user = user("scrutineer")
    whole = HttpResponse("one")
    view = heavy.heavy(lambda request: whole if how == "whole" else StreamingHttpResponse(pieces()))
    response = view(request)
    if how != "whole":
        assert places.take(request.user.pk) == "own"
        sent = iter(response)
        if how != "never begun":
            assert next(sent) == b"one"
        if how == "read to its end":
            assert list(sent) == [b"two"]
        if how == "failing":
            with pytest.raises(ArithmeticError):
                next(sent)
        response.close()
    assert places.take(request.user.pk) == ""
    response.close()  # of a response that ended long ago: what the reader has made now goes on
    assert places.take(request.user.pk) == "own"


def test_a_view_that_fails_leaves_its_place(sign_in, monkeypatch, played):
    reader = sign_in("scrutineer")
    reader.raise_request_exception = False
    monkeypatch.setattr(packs, "parts_of", lambda *args: 1 / 0)
    assert reader.get("/meetings/management-group/2021-12-14/pack/").status_code == 500
    assert not places.readers


@pytest.mark.parametrize(
    "address",
    ["/meetings/management-group/2021-12-14/pack/", "/meetings/management-group/2021-12-14/pack/data/"],
)
def test_papers_count_among_them(address, sign_in, user, played):
    places.take(user("scrutineer").pk)
    assert sign_in("scrutineer").get(address).status_code == 503
    assert sign_in("scrutineer").head(address).status_code == 503


def test_who_takes_no_piece_for_long_is_cut_off(rf, user):
    """Seen with gunicorn: two readers of a byte a second kept both places, whatever its --timeout."""
    ours, theirs = socketpair()
    with ours, theirs:
        request = rf.get("/", **{"gunicorn.socket": ours})
        request.user = user("cem.chair")
        view = heavy.heavy(lambda request: StreamingHttpResponse(["a file"]))
        assert ours.gettimeout() is None
        response = view(request)
        assert ours.gettimeout() == heavy.LONGEST_PIECE
        ours.settimeout(0.1)
        with pytest.raises(TimeoutError):
            ours.sendall(bytes(10_000_000))
        response.close()  # as a server does then
    assert places.take(request.user.pk) == ""
    places.leave(request.user.pk)
