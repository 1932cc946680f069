"""Documents: what is taken for one, and what is not."""

import pytest

from domain import documents
from domain.documents import checked_document
from domain.errors import Invalid


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"%PDF-" + b"0" * documents.MAX_BYTES, "文件不能超过 20 MB。"),
        (b"GIF89a", "这不是 PDF、Word（docx）或 Excel（xlsx）文件。"),
    ],
    ids=["too large", "another kind"],
)
def test_what_is_no_document_is_refused_in_plain_words(data: bytes, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_document(data)
    assert refused.value.message == sentence


def test_a_pdf_stays_as_it_came() -> None:
    document = checked_document(b"%PDF-1.7")
    assert (document.data, document.extension, document.content_type) == (
        b"%PDF-1.7",
        "pdf",
        "application/pdf",
    )
