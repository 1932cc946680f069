"""What a package of somebody's data calls the files that go with it, and those that cannot."""

from domain.my_data_parts import PackedFile, pack
from models.attachment import Attachment
from models.enums import AttachmentKind, AttachmentState


def test_only_what_is_there_is_packed_and_what_is_not_is_named_if_it_has_a_name() -> None:
    kept = Attachment(
        id=1, kind=AttachmentKind.PHOTO, state=AttachmentState.STORED, file_key="2026/a.jpg", label=""
    )
    place = Attachment(
        id=2, kind=AttachmentKind.LOCATION, state=AttachmentState.STORED, file_key="", label="三号楼"
    )
    lost = Attachment(id=3, kind=AttachmentKind.PHOTO, state=AttachmentState.FAILED, file_key="", label="")
    files: list[PackedFile] = []
    assert pack([kept, place, lost], "001", files) == ["文件/001/照片1.jpg", "三号楼"]
    assert [one.name for one in files] == ["文件/001/照片1.jpg"]
