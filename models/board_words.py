"""The words of the public board: what is reported as abuse, and what can be hidden."""

from models.enums import Word


class BoardPart(Word):
    """A part of what others may read of a complaint."""

    TEXT = "text", "公开的诉求"
    ANSWER = "answer", "公开的答复"
    WORDS = "words", "办理记录里的话"
    PHOTO = "photo", "照片"


class AbuseReason(Word):
    """Why somebody reports what they read (举报)."""

    PRIVACY = "privacy", "泄露个人信息"
    INSULT = "insult", "辱骂、攻击他人"
    FALSE = "false", "内容不实"
    ADVERTISING = "advertising", "广告、引流"
    UNLAWFUL = "unlawful", "违法违规"
    OTHER = "other", "其他"


class AbuseState(Word):
    """What became of such a report."""

    OPEN = "open", "待处理"
    HIDDEN = "hidden", "已隐藏"
    KEPT = "kept", "保留"
