"""The words of the appraisal that we store, each with the Chinese that people read."""

from models.enums import Word


class AppraisalPart(Word):
    """What a team's score of a term is made of."""

    DAILY = "daily", "日常履职"
    ANNUAL = "annual", "年度考核"
    SURVEY = "survey", "师生评议"
    INSPECTION = "inspection", "一线督查"


class TermState(Word):
    """Whether a term is still being filled in, or stands as it was frozen."""

    OPEN = "open", "进行中"
    CLOSED = "closed", "已归档"


class PeerSubject(Word):
    """Whom a round of peer review is about."""

    TEAMS = "teams", "各单位"
    COLLEAGUES = "colleagues", "参评党员"


class PeerState(Word):
    """Whether a round of peer review still takes judgements."""

    OPEN = "open", "进行中"
    CLOSED = "closed", "已结束"


class PeerGrade(Word):
    """A judgement in a peer review."""

    EXCELLENT = "excellent", "优秀"
    GOOD = "good", "良好"
    FAIR = "fair", "一般"
    POOR = "poor", "较差"


class PostState(Word):
    """How far the application for a pioneer post (党员先锋岗) has come."""

    WAITING = "waiting", "待审核"
    AWARDED = "awarded", "已授牌"
    REFUSED = "refused", "未通过"
    WITHDRAWN = "withdrawn", "已撤回"
    REVOKED = "revoked", "已撤销"
