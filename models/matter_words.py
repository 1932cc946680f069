"""The words of matters that we store, each with the Chinese that people read."""

from models.enums import Word


class MatterKind(Word):
    """What a line of the ledger is (事项)."""

    PRACTICAL = "practical", "办实事"
    RECTIFICATION = "rectification", "整改问题"
    LEGACY = "legacy", "历史遗留"
    WORKPLAN = "workplan", "工作安排"


class MatterSource(Word):
    """Where it comes from."""

    COMPLAINTS = "complaints", "师生诉求"
    INSPECTION = "inspection", "巡视巡察"
    AUDIT = "audit", "审计"
    RESEARCH = "research", "调研走访"
    MEETING = "meeting", "座谈会"
    SAFETY = "safety", "安全检查"
    PLAN = "plan", "年度计划"
    OTHER = "other", "其他"


class MatterStatus(Word):
    """Where a matter stands."""

    PLANNED = "planned", "已立项"
    IN_PROGRESS = "in_progress", "推进中"
    SUBMITTED = "submitted", "申请销号"
    DEFERRED = "deferred", "挂账"
    CLOSED = "closed", "已销号"
    CANCELLED = "cancelled", "已取消"


_S = MatterStatus
OPEN_MATTER_STATUSES = frozenset({_S.PLANNED, _S.IN_PROGRESS, _S.SUBMITTED, _S.DEFERRED})


class MatterStepName(Word):
    """What may be done to a matter."""

    LIST = "list", "立项"
    EDIT = "edit", "修改"
    START = "start", "启动"
    PROGRESS = "progress", "反馈进展"
    NOTE = "note", "内部备注"
    PLAN_MILESTONE = "plan_milestone", "增加节点"
    DROP_MILESTONE = "drop_milestone", "删除节点"
    SUBMIT_MILESTONE = "submit_milestone", "报请验收节点"
    ACCEPT_MILESTONE = "accept_milestone", "节点验收通过"
    REFUSE_MILESTONE = "refuse_milestone", "节点退回"
    SUBMIT = "submit", "申请销号"
    RETRACT = "retract", "撤回销号申请"
    ACCEPT = "accept", "验收销号"
    REFUSE = "refuse", "退回整改"
    REQUEST_DEFERRAL = "request_deferral", "申请挂账"
    APPROVE_DEFERRAL = "approve_deferral", "同意挂账"
    REFUSE_DEFERRAL = "refuse_deferral", "不同意挂账"
    RESUME = "resume", "恢复推进"
    SUPERVISE = "supervise", "督办"
    BLOCK = "block", "上报难点"
    UNBLOCK = "unblock", "难点解决"
    CANCEL = "cancel", "取消事项"
    FLAG_RELAPSE = "flag_relapse", "反弹预警"
    CLEAR_RELAPSE = "clear_relapse", "排除反弹"
    REOPEN = "reopen", "重新打开"
    LINK = "link", "关联诉求"
    UNLINK = "unlink", "解除关联"
    PUBLISH = "publish", "公开"
    UNPUBLISH = "unpublish", "取消公开"
    REMIND = "remind", "到期提醒"


class MatterRequestKind(Word):
    """What one member of staff asks for and another decides."""

    CLOSE = "close", "销号"
    DEFERRAL = "deferral", "挂账"
    MILESTONE = "milestone", "节点验收"
