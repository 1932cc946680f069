"""What a follower may read of somebody else's complaint."""

from datetime import UTC, datetime

import pytest

from domain.disclosure import follower_may_open, masked, text_for_follower, words_for_follower
from models.attachment import Attachment
from models.complaint import Complaint, ComplaintEvent
from models.enums import ActorKind, AttachmentPurpose, StepName

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("电话13800001111，谢谢", "电话＊＊＊，谢谢"),
        ("电话 138 0000 1111", "电话 ＊＊＊"),
        ("0571-88886110 转 8", "＊＊＊ 转 8"),
        ("身份证33010120000101001X", "身份证＊＊＊"),
        ("请写信到 li.ming@example.edu.cn。", "请写信到 ＊＊＊。"),
        ("3号楼412室，2026-11-21 14:05 停水", "3号楼412室，2026-11-21 14:05 停水"),
        ("同 2026-1121-0007", "同 2026-1121-0007"),
    ],
)
def test_masking_takes_numbers_that_reach_people_and_leaves_rooms_and_dates(words: str, shown: str) -> None:
    assert masked(words) == shown


def test_follower_reads_the_public_text_once_it_is_published() -> None:
    complaint = Complaint(text="我是王同学，电话13800001111", public_text="食堂饭菜偏凉", published_at=None)
    assert text_for_follower(complaint) == "我是王同学，电话＊＊＊"
    complaint.published_at = NOW
    assert text_for_follower(complaint) == "食堂饭菜偏凉"


def test_follower_reads_what_staff_said_and_not_what_the_reporter_added() -> None:
    answer = ComplaintEvent(step=StepName.REPLY, actor_kind=ActorKind.STAFF, words="请打 88886110")
    hidden = ComplaintEvent(step=StepName.REPLY, actor_kind=ActorKind.STAFF, words="找", hidden_reason="不实")
    added = ComplaintEvent(step=StepName.SUPPLEMENT, actor_kind=ActorKind.REPORTER, words="我住 412")
    filed_by_staff = ComplaintEvent(step=StepName.SUBMIT, actor_kind=ActorKind.STAFF, words="王同学来电")
    assert [words_for_follower(event) for event in (answer, added, filed_by_staff)] == ["请打 ＊＊＊", "", ""]
    assert words_for_follower(hidden) == "内容已隐藏：不实"


@pytest.mark.parametrize(
    ("purpose", "public", "may"),
    [
        (AttachmentPurpose.REPORT, True, False),
        (AttachmentPurpose.PROGRESS, True, True),
        (AttachmentPurpose.AFTER, True, True),
        (AttachmentPurpose.AFTER, False, False),
    ],
)
def test_follower_opens_photos_of_the_work_only(
    purpose: AttachmentPurpose, *, public: bool, may: bool
) -> None:
    assert follower_may_open(Attachment(purpose=purpose, public=public)) is may
    assert not follower_may_open(Attachment(purpose=purpose, public=public, hidden_reason="有人脸"))
