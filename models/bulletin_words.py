"""The words of bulletins that we store, each with the Chinese that people read."""

from models.enums import Word


class BulletinState(Word):
    """Where a bulletin (通报) stands."""

    DRAFT = "draft", "草稿"
    WAITING = "waiting", "待审批"
    PUBLISHED = "published", "已发布"
    WITHDRAWN = "withdrawn", "已撤回"


class BulletinPart(Word):
    """The parts of a bulletin, in the order in which they are read; each has words of its own."""

    OPENING = "opening", "导语"
    FIGURES = "figures", "总体情况"
    TEAMS = "teams", "各单位办理情况"
    AREAS = "areas", "反映集中的领域和地点"
    MATTERS = "matters", "已销号的事项"
    GOOD = "good", "正面典型"
    BAD = "bad", "反面典型"
    NEXT = "next", "下一步"


class CaseSide(Word):
    """What a case stands for."""

    GOOD = "good", "正面典型"
    BAD = "bad", "反面典型"


class ChartName(Word):
    """The pictures of a bulletin."""

    TREND = "trend", "诉求走势"
    TEAMS = "teams", "各单位三率"
    AREAS = "areas", "各类诉求件数"
