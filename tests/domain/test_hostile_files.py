"""Packed files and XML that are made to cost memory, time or secrets: refused quickly, in plain words."""

from io import BytesIO
from pathlib import Path
from time import process_time
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from docx import Document
from openpyxl import Workbook

from domain import plan_tables, reading_tables, uploaded_documents
from domain.errors import Invalid

_ENTITIES = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 12))
LAUGHS = f'<!DOCTYPE x [<!ENTITY l0 "haha">{_ENTITIES}]>'


def _file(form: str) -> bytes:
    """Make a small file with 「Opened」 in it."""
    made = BytesIO()
    if form == "xlsx":
        book = Workbook()
        book.active.append(["Opened"])
        book.save(made)
    else:
        document = Document()
        document.add_table(1, 1).cell(0, 0).text = "Opened"
        document.save(made)
    return made.getvalue()


def _declaring(data: bytes, doctype: str, entity: str) -> bytes:
    """Declare entities in every part, and put one in place of the words."""
    made = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(made, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if b"Opened" in part:
                declaration, end, rest = part.rpartition(b"?>\n")
                part = declaration + end + doctype.encode() + rest.replace(b"Opened", entity.encode())
            new.writestr(name, part)
    return made.getvalue()


def _words(form: str, data: bytes) -> str:
    """Give all words that are read from a file; none when it is refused."""
    try:
        if form == "xlsx":
            return str(reading_tables.read_table(data).rows)
        return str(uploaded_documents.read_document(data).tables)
    except Invalid:
        return ""


@pytest.mark.parametrize("form", ["xlsx", "docx"])
def test_entities_of_a_file_tell_no_secret_and_grow_to_nothing(form: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("机密")
    outside = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>'
    began = process_time()

    assert "Opened" in _words(form, _file(form))
    assert "机密" not in _words(form, _declaring(_file(form), outside, "&e;"))
    assert len(_words(form, _declaring(_file(form), LAUGHS, "&l11;"))) < 100_000
    assert process_time() - began < 2


@pytest.mark.parametrize("form", ["xlsx", "docx"])
def test_small_file_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked(form: str) -> None:
    made = BytesIO(_file(form))
    with ZipFile(made, "a", ZIP_DEFLATED) as packed, packed.open("xl/big.xml", "w") as part:
        for _ in range(90):
            part.write(b" " * 1024 * 1024)
    began = process_time()

    with pytest.raises(Invalid, match=r"太大|太多|超过"):
        {"xlsx": reading_tables.read_table, "docx": plan_tables.check_plan_file}[form](made.getvalue())
    assert process_time() - began < 0.5
