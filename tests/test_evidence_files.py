"""What is sent as evidence and may not be kept: refused with a clear message, and nothing of it is left."""

import socketserver
import struct
import threading
from contextlib import contextmanager
from datetime import date
from io import BytesIO

import openpyxl
import pytest
from django.core.files.storage import storages
from pypdf import PdfWriter
from pypdf.actions import JavaScript
from pypdf.annotations import FreeText

from actions.models import Evidence
from actions.tables import apart
from gscp import scanning, store
from gscp.record import Change
from tests.answers import html_of, words_of
from tests.conftest import form_of
from tests.evidence import KEPT, TYPED, add, added, bomb, file_of, odt, pdf, slides, word, workbook
from tests.tables_files import BOMB, xlsx, zipped

pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]  # forms and files
MACROS = "The file may hold macros"
NO_KIND = "This file is not of a kind that is kept."
HOLDS_FILES = "The file holds other files inside."
DAMAGED = "The file is damaged or not complete."


@pytest.fixture
def chair(sign_in):
    return sign_in("cem.chair")


@pytest.fixture
def url(report):
    return f"/updates/{report('005', rating='amber').pk}/evidence/"


@pytest.fixture(autouse=True)
def nothing_is_kept(request, url):
    """Of what is refused neither a row nor bytes are there."""
    number = Change.objects.last_number()
    yield
    if "may_keep" not in request.fixturenames:
        assert not Evidence.objects.exists() and Change.objects.last_number() == number
        assert list(store.names()) == []


@pytest.fixture
def may_keep():
    pass


MACRO_BOOK = xlsx("", kind="ms-excel.sheet.macroEnabled")
FETCHED = {
    "ppt/_rels/settings.xml.rels": (
        '<Relationships><Relationship Id="1" Type="http://x.example/attachedTemplate" '
        'Target="HTTPS://x.example/a.dotx" TargetMode="External"/></Relationships>'
    )
}


def within(inner):
    """Slides within which this stands, as what a chart is drawn from does."""
    return slides("Met", **{"ppt/embeddings/Inner.PPTX": inner})


def pdf_that_runs():
    out, writer = BytesIO(), PdfWriter(clone_from=BytesIO(KEPT["pdf"]))
    writer.add_open_action(JavaScript("app.alert(1)"))
    writer.write(out)
    return out.getvalue()


def pdf_with(data):
    out, writer = BytesIO(), PdfWriter(clone_from=BytesIO(KEPT["pdf"]))
    writer.add_attachment("notes.txt", data)
    writer.write(out)
    return out.getvalue()


REFUSED = {
    "a program": (b"MZ\x90\x00" + bytes(200), "report.pdf", NO_KIND),
    "a program of Linux": (b"\x7fELF\x02\x01\x01" + bytes(200), "report.docx", NO_KIND),
    "a script": (b"#!/bin/sh\nrm -r /\n", "notes.txt", "a web page, a drawing or a program"),
    "a web page": (b"\n <!DOCTYPE html><script>alert(1)</script>", "notes.txt", "a web page, a drawing"),
    "a drawing": (b'\xef\xbb\xbf<svg xmlns="x"><script/></svg>', "logo.png", "a web page, a drawing"),
    "an archive": (zipped({"a.pdf": pdf("Met")}), "minutes.docx", NO_KIND),
    "another text": ("Café".encode("latin-1"), "notes.csv", NO_KIND),
    "a workbook with macros": (
        zipped({"xl/vbaProject.bin": "x", "[Content_Types].xml": ""}),
        "a.xlsx",
        MACROS,
    ),
    "a workbook that says so": (MACRO_BOOK, "a.xlsx", MACROS),
    "slides with macros": (slides("Met", **{"ppt/vbaProject.bin": "x"}), "a.pptx", MACROS),
    "slides with a program": (slides("Met", **{"ppt/embeddings/oleObject1.bin": "x"}), "a.pptx", MACROS),
    "slides with a web page": (slides("Met", **{"ppt/afchunk.html": "<p>x</p>"}), "a.pptx", HOLDS_FILES),
    "slides with an old file": (slides("Met", **{"ppt/embeddings/b.xls": "x"}), "a.pptx", HOLDS_FILES),
    "slides with a package of macros": (
        slides("Met", **{"ppt/embeddings/a.docm": "x"}),
        "a.pptx",
        HOLDS_FILES,
    ),
    "a document in documents": (within(within(within("Met"))), "a.pptx", HOLDS_FILES),
    "a PDF with a program": (pdf_that_runs(), "a.pdf", "The PDF holds a program."),
    "a PDF with a file": (pdf_with(b"Leo, aged 4"), "a.pdf", HOLDS_FILES),
    "a template of the web": (slides("Met", **FETCHED), "a.pptx", "fetches a part of it, or its template"),
    "an OpenDocument with macros": (odt("Met", **{"Basic/script-lc.xml": "<x/>"}), "a.odt", MACROS),
    "an old Word file": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.docx", "of an old kind"),
    "half a document": (word("Met")[:9_000], "a.docx", DAMAGED),
    "half a PDF": (pdf("Met")[:120], "a.pdf", DAMAGED),
    "entities": (odt("Met", **{"styles.xml": f"{BOMB}<x>&c;</x>"}), "a.odt", "its own XML entities"),
    "nothing": (b"", "a.pdf", "The file is empty."),
    "a long name": (KEPT["pdf"], f"{'n' * 400}.pdf", "The file’s name is too long"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_with_a_reason(what, chair, url):
    data, name, message = REFUSED[what]
    assert message in words_of(add(chair, url, data, name=name))


def test_a_zip_that_unpacks_to_a_gigabyte_is_not_unpacked(chair, url):
    data = bomb()
    assert len(data) < 2_000_000
    assert "unpacks to far more than it should" in words_of(add(chair, url, data))


def test_what_takes_too_long_to_look_through_is_refused(chair, url, monkeypatch):
    monkeypatch.setattr(apart, "MEMORY", 30_000_000)  # in which no process starts
    assert "takes more time or memory to look through" in words_of(add(chair, url, KEPT["docx"]))


def test_forty_megabytes_are_too_many(chair, url):
    answer = add(chair, url, b"a" * 40_000_000, name="minutes.txt")
    assert "The file has more than 20 MB. Send a smaller one" in words_of(answer)


def test_a_link_or_a_file_is_given_and_not_both(chair, url):
    assert "Give a link, or choose a file." in words_of(add(chair, url))
    both = add(chair, url, KEPT["pdf"], link="https://www.example.org/minutes")
    assert "Give a link or a file, and not both." in words_of(both)


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "file:///etc/passwd", "minutes", "ftp://x.example/a"]
)
def test_a_link_leads_to_a_page_of_the_web(link, chair, url):
    assert "Write the whole address" in words_of(add(chair, url, link=link))
    with_a_name = words_of(add(chair, url, link="https://me:secret@www.example.org/minutes"))
    assert "This address has a user name in it." in with_a_name


def test_a_name_with_signs_that_nobody_sees_is_kept_without_them(chair, url, may_keep):
    """A browser shows them as nothing, or turns the letters after them round."""
    file = added(chair, url, KEPT["pdf"], name="min\u202eutes\x07\x1b.pdf")
    assert file.file_name == "minutes.pdf"
    path = added(chair, url, KEPT["jpeg"], name="../../etc/passwd")
    assert path.file_name == "passwd"
    answer = chair.get(f"{path.get_absolute_url()}file/")
    assert answer["Content-Disposition"] == 'attachment; filename="passwd.jpg"'


NHS = "943 476 5919"


def with_comment(text):
    out, writer = BytesIO(), PdfWriter(clone_from=BytesIO(KEPT["pdf"]))
    writer.add_annotation(0, FreeText(text=text, rect=(50, 550, 200, 650)))
    writer.write(out)
    return out.getvalue()


def with_header(text):
    book, out = openpyxl.Workbook(), BytesIO()
    book.active.append(["Agreed"])
    book.active.oddHeader.center.text = text
    book.save(out)
    return out.getvalue()


BESIDE_THE_TEXT = {
    "pdf": with_comment("Leo, aged 4, has bruises"),
    "xlsx": with_header("Leo, aged 4, has bruises"),
}
INSIDE = {
    "docx": word("Agreed.", f"Her number is {NHS}."),
    "xlsx": workbook(["Child", "Number"], ["A", 9434765919]),
    "pptx": slides(f"Her number is {NHS}"),
    "odt": odt(f"Her number is {NHS}"),
    "pdf": pdf(f"Her number is {NHS}"),
    "text": f"Her number is {NHS}".encode(),
}


@pytest.mark.parametrize("kind", INSIDE)
def test_what_could_identify_a_child_in_a_file_is_asked_about_before_it_is_kept(kind, chair, url, may_keep):
    asked = add(chair, url, INSIDE[kind])
    assert "an NHS number" in words_of(asked)
    assert not Evidence.objects.exists() and not list(store.names())
    confirmed = form_of(asked) | TYPED | {"confirmed": "on", "why_it_stands": "It is an example"}
    # Of another file nothing is confirmed.
    other = chair.post(url, confirmed | {"file": file_of(word("Born on 3 May 2015"), "minutes.docx")})
    assert "a date of birth" in words_of(other) and not Evidence.objects.exists()
    assert chair.post(url, confirmed | {"file": file_of(INSIDE[kind])}).status_code == 302
    assert Evidence.objects.get().kind == kind


def test_another_file_with_the_same_first_findings_is_asked_about_anew(chair, url):
    many = [f"NHS 943 476 {number}" for number in range(1_000, 1_030)]
    asked = add(chair, url, word(*many))
    confirmed = form_of(asked) | TYPED | {"confirmed": "on", "why_it_stands": "They are examples"}
    other = word(*many, "Leo, aged 4, has bruises")
    again = chair.post(url, confirmed | {"file": file_of(other)})
    assert again.status_code == 200 and "a first name with an age: “Leo, aged 4”" in words_of(again)
    one_more = chair.post(url, confirmed | {"file": file_of(word(*many, "NHS 943 476 9999"))})
    assert one_more.status_code == 200 and "Take it out, or tick below" in words_of(one_more)


@pytest.mark.parametrize("kind", BESIDE_THE_TEXT)
def test_a_comment_and_a_header_are_looked_through_too(kind, chair, url):
    assert "a first name with an age: “Leo, aged 4”" in words_of(add(chair, url, BESIDE_THE_TEXT[kind]))


def test_a_day_of_birth_in_a_cell_is_found_as_it_is_shown(chair, url):
    asked = add(chair, url, workbook(["Child", "Born"], ["A", date(2012, 3, 4)]))
    assert "a date of birth: “2012-03-04”" in words_of(asked)


@pytest.mark.parametrize("name", ["Jayden_aged_7.pdf", "Jayden-aged-7.pdf", "Jayden%20aged%207.pdf"])
def test_signs_between_words_of_a_name_hide_nothing(name, chair, url):
    assert "a first name with an age: “Jayden aged 7”" in words_of(add(chair, url, KEPT["pdf"], name=name))


def test_a_name_that_could_identify_a_child_is_asked_about(chair, url):
    assert "a postcode: “GL50 1AA”" in words_of(add(chair, url, KEPT["pdf"], name="visit_GL50_1AA.pdf"))


class Daemon(socketserver.BaseRequestHandler):
    """Speaks as ClamAV's daemon does, and finds the one virus that it knows."""

    got: list[bytes] = []

    def handle(self):
        stream = self.request.makefile("rb")
        if stream.read(10) != b"zINSTREAM\0":
            return
        data = b""
        while size := struct.unpack("!L", stream.read(4))[0]:
            data += stream.read(size)
        self.got.append(data)
        found = {
            b"virus": b"stream: Eicar-Test-Signature FOUND\0",
            b"limit": b"INSTREAM size limit exceeded. ERROR\0",
        }
        answer = next((said for word, said in found.items() if word in data), b"stream: OK\0")
        self.request.sendall(answer)


@contextmanager
def listening(server):
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(params=["a port", "a socket"])
def daemon(request, settings, tmp_path):
    if request.param == "a port":
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Daemon)
        settings.CLAMD = f"127.0.0.1:{server.server_address[1]}"
    else:
        settings.CLAMD = str(tmp_path / "clamd.sock")
        server = socketserver.ThreadingUnixStreamServer(settings.CLAMD, Daemon)
    Daemon.got.clear()
    with listening(server):
        yield Daemon


def test_a_file_is_sent_to_the_scanner_before_it_is_kept(daemon, chair, url, may_keep):
    assert "Files are scanned for viruses." in words_of(chair.get(url))
    big = ("Two agencies named a lead. " * 20_000).encode()
    file = added(chair, url, big, name="minutes.txt")
    assert daemon.got == [big] and file.scanned
    assert "It was scanned for viruses." in words_of(chair.get(file.get_absolute_url()))


@pytest.mark.parametrize(
    ("data", "message"), [(b"a virus", scanning.INFECTED), (b"over the limit", scanning.NOT_SCANNED)]
)
def test_what_the_scanner_finds_is_not_kept(data, message, daemon, chair, url):
    assert message in html_of(add(chair, url, data, name="minutes.txt"))


@pytest.mark.parametrize("address", ["127.0.0.1:1", "/nowhere/clamd.sock", "localhost:port"])
def test_without_an_answer_of_the_scanner_nothing_is_kept(address, chair, url, settings):
    settings.CLAMD = address
    assert scanning.NOT_SCANNED in html_of(add(chair, url, KEPT["pdf"]))


def test_without_a_scanner_the_page_says_that_files_are_not_scanned(chair, url):
    assert "Files are not scanned for viruses here." in words_of(chair.get(url))


def test_a_store_that_takes_nothing_says_so(chair, url, settings, tmp_path):
    (tmp_path / "file").touch()
    memory = settings.STORAGES["files"]
    broken = {"BACKEND": "gscp.store.Folder", "OPTIONS": {"location": tmp_path / "file" / "folder"}}
    settings.STORAGES = settings.STORAGES | {"files": broken}
    assert "The file could not be kept, so this is not recorded." in words_of(add(chair, url, KEPT["pdf"]))
    settings.STORAGES = settings.STORAGES | {"files": memory}
    assert storages["files"].listdir("") == ([], [])
