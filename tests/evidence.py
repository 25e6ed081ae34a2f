"""Files of each kind that is kept, and a way to add one as a person does."""

import zipfile
from datetime import date
from io import BytesIO

import docx
import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile

from actions.models import Evidence
from gscp import store
from tests.conftest import form_of
from tests.tables_files import content_types, relations, zipped

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 40
ODT = "application/vnd.oasis.opendocument.text"
SLIDES = "openxmlformats-officedocument.presentationml.presentation"


def word(*paragraphs):
    document, out = docx.Document(), BytesIO()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.save(out)
    return out.getvalue()


def workbook(*rows):
    book, out = openpyxl.Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def slides(text, **more):
    return zipped(
        {
            "[Content_Types].xml": content_types("ppt/presentation.xml", SLIDES),
            "_rels/.rels": relations(officeDocument="ppt/presentation.xml"),
            "ppt/presentation.xml": "<presentation/>",
            "ppt/slides/slide1.xml": f"<sld><p><r><t>{text}</t></r></p></sld>",
        }
        | more
    )


def odt(text, **more):
    return zipped({"mimetype": ODT, "content.xml": f"<body><p>{text}</p></body>"} | more)


def pdf(text=""):
    """A page with this text; without it, as a scanner makes one."""
    shown = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET" if text else "0 0 m 9 9 l S"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(shown)} >>\nstream\n{shown}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode()
    rows = "".join(f"{place:010} 00000 n \n" for place in places)
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{rows}"
    end = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + table.encode() + end.encode()


def bomb():
    """A zip of some hundred kilobytes that unpacks to a gigabyte."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        with file.open("word/document.xml", "w", force_zip64=True) as part:
            for _ in range(1_000):
                part.write(b"0" * 1_000_000)
    return out.getvalue()


KEPT = {
    "pdf": pdf("Two agencies named a lead."),
    "docx": word("Two agencies named a lead."),
    "xlsx": workbook(["Agency", "Lead named"], ["Police", date(2021, 4, 9)]),
    "pptx": slides("Two agencies named a lead."),
    "odt": odt("Two agencies named a lead."),
    "ods": zipped({"mimetype": ODT.replace("text", "spreadsheet"), "content.xml": "<body><p>Two</p></body>"}),
    "png": PNG,
    "jpeg": JPEG,
    "text": b"Agency,Lead named\nPolice,yes\n",
}
TYPED = {"shows": "activity", "text": "Minutes that name a lead of each agency"}


def file_of_evidence(data=KEPT["pdf"], kind="pdf", **columns):
    """A file that is kept, as evidence that is not saved yet."""
    given = {"shows": "activity", "text": "The minutes", "file_name": f"minutes.{kind}", "kind": kind}
    return Evidence(sha256=store.keep(data), size=len(data), **given | columns)


def file_of(data, name="minutes.docx"):
    return SimpleUploadedFile(name, data)


def add(client, url, data=None, name="minutes.docx", **typed):
    """Opens the form of evidence at the URL, fills it in and sends it."""
    sent = form_of(client.get(url)) | TYPED | typed
    return client.post(url, sent | ({"file": file_of(data, name)} if data is not None else {}))


def added(client, url, *args, **typed):
    """The same, and it is recorded."""
    before = set(Evidence.objects.values_list("pk", flat=True))
    answer = add(client, url, *args, **typed)
    assert answer.status_code == 302, answer.content.decode()
    return Evidence.objects.exclude(pk__in=before).get()
