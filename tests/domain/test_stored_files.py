"""Which files are named by rows."""

from datetime import datetime

from domain.stored_files import naming_columns, unnamed
from models.attachment import Attachment
from models.database import Database
from models.enums import AttachmentKind, AttachmentState


def test_columns_that_name_files_are_known_by_their_names() -> None:
    assert "attachment.file_key" in {f"{column.table.name}.{column.name}" for column in naming_columns()}
    assert {column.name.endswith("file_key") for column in naming_columns()} == {True}


def test_only_files_that_no_row_names_are_given(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        session.add(
            Attachment(
                kind=AttachmentKind.PHOTO, state=AttachmentState.STORED, created_at=now, file_key="named"
            )
        )
    with database.reading() as session:
        assert unnamed(session, ["named", "one", "two"]) == {"one", "two"}
        assert unnamed(session, []) == set()
