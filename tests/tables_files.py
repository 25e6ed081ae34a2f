"""Files made by hand for the tests of reading: what no office program would write, and what it might."""

import zipfile
from io import BytesIO

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)


def zipped(parts, compression=zipfile.ZIP_DEFLATED):
    out = BytesIO()
    with zipfile.ZipFile(out, "w", compression) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return out.getvalue()


def relations(**targets):
    """By kind: the part."""
    rows = "".join(
        f'<Relationship Id="{kind}" Type="{RELATIONS}/{kind.rstrip("0123456789")}" Target="{target}"/>'
        for kind, target in targets.items()
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{rows}</Relationships>'


def content_types(main, kind):
    return (
        f'<Types xmlns="{PACKAGE}/content-types"><Override PartName="/{main}" '
        f'ContentType="application/vnd.{kind}.main+xml"/></Types>'
    )


def rows_xml(rows):
    """Cells as (name, attributes, inner XML)."""
    return "".join(
        f'<row r="{number}">'
        + "".join(f'<c r="{name}" {attributes}>{inner}</c>' for name, attributes, inner in cells)
        + "</row>"
        for number, cells in rows
    )


def text_cell(name, text):
    return name, 't="inlineStr"', f"<is><t>{text}</t></is>"


def number_cell(name, number, style=0):
    return name, f's="{style}"', f"<v>{number}</v>"


STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="170" formatCode="000"/>'
    '<numFmt numFmtId="171" formatCode="d mmmm yyyy"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="171"/>'
    '<xf numFmtId="17"/><xf numFmtId="9"/></cellXfs></styleSheet>'
)


def xlsx(
    sheet, *, before="", settings="", kind="openxmlformats-officedocument.spreadsheetml.sheet", more=None
):
    """A workbook with one sheet, “Plan”, whose rows are this XML."""
    parts = {
        "[Content_Types].xml": content_types("xl/workbook.xml", kind),
        "_rels/.rels": relations(officeDocument="xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">{settings}<sheets>'
        '<sheet name="Plan" sheetId="1" r:id="worksheet1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(worksheet1="worksheets/sheet1.xml", styles="styles.xml"),
        "xl/styles.xml": STYLES,
        "xl/worksheets/sheet1.xml": f'{before}<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData>'
        "</worksheet>",
    }
    return zipped(parts | (more or {}))


def plan_xlsx():
    """A small plan as a workbook."""
    lines = [
        ["No", "Action", "Lead", "By when"],
        ["1", "Expand the hub", "MASH Subgroup", "June 2021"],
        ["2", "Share the data", "QiiP Subgroup", "Ongoing"],
    ]
    rows = [
        (number, [text_cell(f"{'ABCD'[place]}{number}", text) for place, text in enumerate(line)])
        for number, line in enumerate(lines, start=1)
    ]
    return xlsx(rows_xml(rows))


def ods(table, *, before="", manifest="", more=None):
    """A workbook with one sheet, “Plan”, whose rows are this XML."""
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    spaces = f'xmlns:office="{office}" ' + " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
        for short in ("table", "text", "style")
    )
    content = (
        f"{before}<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="Plan">{table}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    parts = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": f"<manifest>{manifest}</manifest>",
        "content.xml": content,
    }
    return zipped(parts | (more or {}))


def ods_row(*texts, times=1):
    cells = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
        for text in texts
    )
    return f'<table:table-row table:number-rows-repeated="{times}">{cells}</table:table-row>'


def plan_ods():
    return ods(
        ods_row("No", "Action", "Lead", "By when")
        + ods_row("1", "Expand the hub", "MASH Subgroup", "June 2021")
        + '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    )


def docx_file(body, *, before="", kind="openxmlformats-officedocument.wordprocessingml.document"):
    return zipped(
        {
            "[Content_Types].xml": content_types("word/document.xml", kind),
            "_rels/.rels": relations(officeDocument="word/document.xml"),
            "word/document.xml": f'{before}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>',
        }
    )


def docx_table(*lines):
    rows = "".join(
        "<w:tr>"
        + "".join(f"<w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>" for text in line)
        + "</w:tr>"
        for line in lines
    )
    return f"<w:tbl>{rows}</w:tbl>"


def plan_docx():
    return docx_file(
        docx_table(
            ["No", "Action", "Lead"], ["1", "Expand the hub", "MASH Subgroup"], ["2", "Share", "Executive"]
        )
    )


PLAN_TEXT = 'No,Action,Lead\n1,"Expand the\nhub, “all” of it",MASH Subgroup\n2,Étude,Executive\n'

SAMPLES = {
    "plan.xlsx": plan_xlsx,
    "plan.ods": plan_ods,
    "plan.docx": plan_docx,
    "plan.csv": lambda: PLAN_TEXT.encode("utf-16"),
    "plan.tsv": lambda: PLAN_TEXT.replace(",", "\t").encode("utf-8-sig"),
}
