"""The words we store, each with the Chinese that people read."""

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A stored word with its Chinese label."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        word = str.__new__(cls, value)
        word._value_ = value
        word.label = label
        return word


class ComplaintKind(Word):
    """What a person raises (诉求)."""

    COMPLAINT = "complaint", "投诉"
    REPAIR = "repair", "报修"
    SUGGESTION = "suggestion", "建议"
    QUESTION = "question", "咨询"
    PRAISE = "praise", "表扬"


class Channel(Word):
    """How a complaint reached us."""

    WECHAT = "wechat", "微信"
    WEB = "web", "网页"
    MINI_PROGRAM = "mini_program", "小程序"
    PHONE = "phone", "电话"
    LETTER_BOX = "letter_box", "意见箱"
    VISIT = "visit", "走访"
    MEETING = "meeting", "座谈会"
    CONNECTED = "connected", "接入平台"


class ComplaintStatus(Word):
    """Where a complaint stands."""

    SUBMITTED = "submitted", "待受理"
    ASSIGNED = "assigned", "已派单"
    IN_PROGRESS = "in_progress", "处理中"
    WAITING = "waiting", "待补充"
    DEFERRED = "deferred", "挂账"
    RESOLVED = "resolved", "已办结（待评价）"
    CLOSED = "closed", "已销号"
    REJECTED = "rejected", "不予受理"
    WITHDRAWN = "withdrawn", "已撤回"
    MERGED = "merged", "已并案"


S = ComplaintStatus
ACTIVE_STATUSES = frozenset({S.SUBMITTED, S.ASSIGNED, S.IN_PROGRESS, S.WAITING, S.DEFERRED})
WORKING_STATUSES = frozenset({S.ASSIGNED, S.IN_PROGRESS})
ENDED_STATUSES = frozenset({S.CLOSED, S.REJECTED, S.WITHDRAWN, S.MERGED})


class Complexity(Word):
    """How long an ordinary (not urgent) complaint may take."""

    ORDINARY = "ordinary", "一般"
    COMPLEX = "complex", "复杂"
    VERY_COMPLEX = "very_complex", "特别复杂"


class Outcome(Word):
    """How a complaint ended; counted apart."""

    SOLVED = "solved", "已解决"
    CANNOT = "cannot", "已答复，暂无法办理"
    NOT_OURS = "not_ours", "不属后勤职责（已告知归口）"
    DUPLICATE = "duplicate", "重复反映"


class Closing(Word):
    """What closed a complaint."""

    RATED = "rated", "诉求人评价"
    UNRATED = "unrated", "到期未评价"


class Role(Word):
    """A member of staff's role."""

    HANDLER = "handler", "经办人"
    LEAD = "lead", "单位负责人"
    DISPATCHER = "dispatcher", "受理员"
    LEADER = "leader", "分管领导"
    INSPECTOR = "inspector", "督导组"
    ADMIN = "admin", "系统管理员"


class ActorKind(Word):
    """Who did a step."""

    REPORTER = "reporter", "诉求人"
    FOLLOWER = "follower", "关注人"
    STAFF = "staff", "工作人员"
    CLOCK = "clock", "系统"


class StepName(Word):
    """What may be done to a complaint (办理动作)."""

    SUBMIT = "submit", "提交"
    ASSIGN = "assign", "派单"
    ACCEPT = "accept", "接单"
    PROGRESS = "progress", "反馈进展"
    REPLY = "reply", "答复"
    NOTE = "note", "内部备注"
    ASK = "ask", "请诉求人补充"
    SUPPLEMENT = "supplement", "补充"
    CLASSIFY = "classify", "调整分类与紧急程度"
    REQUEST_TRANSFER = "request_transfer", "申请转办"
    REFUSE_TRANSFER = "refuse_transfer", "不同意转办"
    REQUEST_DEFERRAL = "request_deferral", "申请挂账"
    APPROVE_DEFERRAL = "approve_deferral", "同意挂账"
    REFUSE_DEFERRAL = "refuse_deferral", "不同意挂账"
    RESUME = "resume", "恢复办理"
    REQUEST_REJECTION = "request_rejection", "建议不予受理"
    CONFIRM_REJECTION = "confirm_rejection", "确认不予受理"
    REFUSE_REJECTION = "refuse_rejection", "退回继续受理"
    APPEAL = "appeal", "申诉"
    RESOLVE = "resolve", "办结"
    RATE = "rate", "评价"
    RATE_UNSOLVED = "rate_unsolved", "评价（未解决，重办）"
    REOPEN = "reopen", "重新打开"
    CLOSE_UNRATED = "close_unrated", "到期销号"
    WITHDRAW = "withdraw", "撤回"
    MERGE = "merge", "并案"
    URGE = "urge", "催办"
    SUPERVISE = "supervise", "督办"
    PUBLISH = "publish", "公开"
    UNPUBLISH = "unpublish", "取消公开"
    REMIND = "remind", "到期提醒"


class RequestKind(Word):
    """What a member of staff asks another to decide."""

    TRANSFER = "transfer", "转办"
    DEFERRAL = "deferral", "挂账"
    REJECTION = "rejection", "不予受理"


class RequestState(Word):
    """Where such a request stands."""

    OPEN = "open", "待审"
    GRANTED = "granted", "已同意"
    REFUSED = "refused", "未同意"
    DROPPED = "dropped", "已失效"


class TimerKind(Word):
    """What happens to a complaint by the clock."""

    DISPATCH_OVERDUE = "dispatch_overdue", "受理超时"
    ANSWER_OVERDUE = "answer_overdue", "首次答复超时"
    DONE_NEAR = "done_near", "即将到期"
    DONE_OVERDUE = "done_overdue", "办理超期"
    DONE_ESCALATED = "done_escalated", "超期提级"
    PROGRESS_DUE = "progress_due", "应反馈进展"
    CLOSE_UNRATED = "close_unrated", "到期销号"
    RESUME_DEFERRED = "resume_deferred", "挂账到期"


class AttachmentKind(Word):
    """What was attached."""

    PHOTO = "photo", "照片"
    VOICE = "voice", "语音"
    VIDEO = "video", "视频"
    LOCATION = "location", "位置"
    DOCUMENT = "document", "文件"


class AttachmentState(Word):
    """Whether the file has been fetched."""

    PENDING = "pending", "下载中"
    STORED = "stored", "已保存"
    FAILED = "failed", "下载失败"


class UploadState(Word):
    """How far a file has come before its form."""

    RECEIVING = "receiving", "上传中"
    READY = "ready", "已上传"
    USED = "used", "已提交"


class AttachmentPurpose(Word):
    """What the photo shows."""

    REPORT = "report", "反映时"
    PROGRESS = "progress", "办理中"
    AFTER = "after", "办结后"


class NoticeState(Word):
    """The delivery of a notice."""

    PENDING = "pending", "待发送"
    SENDING = "sending", "发送中"
    SENT = "sent", "已送出"
    INBOX = "inbox", "仅站内"
    FAILED = "failed", "发送失败"


class NoticeChannel(Word):
    """The way a notice took."""

    CUSTOM = "custom", "客服消息"
    TEMPLATE = "template", "模板消息"
    SUBSCRIPTION = "subscription", "订阅通知"
    MINI_SUBSCRIPTION = "mini_subscription", "小程序订阅消息"
    INBOX = "inbox", "站内"


class NoticeKind(Word):
    """What a notice tells."""

    RECEIVED = "received", "诉求已收到"
    ASSIGNED = "assigned", "诉求已派单"
    ANSWERED = "answered", "诉求有新进展"
    ASKED = "asked", "请补充情况"
    DEFERRED = "deferred", "诉求已挂账"
    RESOLVED = "resolved", "诉求已办结，请评价"
    REOPENED = "reopened", "诉求已重新办理"
    CLOSED = "closed", "诉求已销号"
    REJECTED = "rejected", "诉求不予受理"
    MERGED = "merged", "诉求已并案"
    MATTER_LISTED = "matter_listed", "您反映的问题已列为办实事"
    MATTER_PROGRESS = "matter_progress", "办实事有新进展"
    MATTER_CLOSED = "matter_closed", "办实事已销号"
    DRAFT_WAITING = "draft_waiting", "有一条诉求还没提交"
    CHAT_REPLY = "chat_reply", "回复您之前的消息"
    STAFF_SUBMITTED = "staff_submitted", "新诉求待受理"
    STAFF_ASSIGNED = "staff_assigned", "新工单"
    STAFF_URGENT = "staff_urgent", "紧急诉求"
    STAFF_SUPPLEMENTED = "staff_supplemented", "诉求人有补充"
    STAFF_REQUEST = "staff_request", "有申请待您审定"
    STAFF_DECIDED = "staff_decided", "您的申请有结果"
    STAFF_NEAR_DUE = "staff_near_due", "工单即将到期"
    STAFF_OVERDUE = "staff_overdue", "工单已超期"
    STAFF_ESCALATED = "staff_escalated", "超期工单提级"
    STAFF_REOPENED = "staff_reopened", "工单被退回重办"
    STAFF_URGED = "staff_urged", "诉求人催办"
    STAFF_SUPERVISED = "staff_supervised", "督办"
    STAFF_RATED = "staff_rated", "诉求人已评价"
    STAFF_WITHDRAWN = "staff_withdrawn", "诉求人已撤回"
    STAFF_MENTIONED = "staff_mentioned", "同事提到您"
    STAFF_RELAPSED = "staff_relapsed", "事项疑似反弹"
    PUSH_DIGEST = "push_digest", "办实事周报"
    PUSH_MATTER = "push_matter", "办实事办结"
    PUSH_SURVEY = "push_survey", "请您评一评"
    PUSH_BULLETIN = "push_bulletin", "办理情况通报"
    STAFF_LIST = "staff_list", "工作清单"


class InboundState(Word):
    """What became of a message from the platform."""

    HANDLED = "handled", "已处理"
    DEFERRED = "deferred", "稍后处理"
    UNREADABLE = "unreadable", "无法读取"


class ConversationState(Word):
    """What the next message of a person in the chat is taken for."""

    IDLE = "idle", "空闲"
    DRAFTING = "drafting", "正在填写"
    CHOOSING_PLACE = "choosing_place", "正在选地点"
    RESUMING = "resuming", "有未提交的草稿"
    CHOOSING_TARGET = "choosing_target", "补充还是另提"
    FOLLOWING_UP = "following_up", "刚提交"


class DraftState(Word):
    """What became of a draft."""

    OPEN = "open", "未提交"
    SUBMITTED = "submitted", "已提交"
    CANCELLED = "cancelled", "已取消"


class ServicePointKind(Word):
    """What a node in the tree of places is."""

    CAMPUS = "campus", "校区"
    BUILDING = "building", "楼宇"
    CANTEEN = "canteen", "食堂"
    WINDOW = "window", "窗口"
    TABLE = "table", "餐桌区"
    FLOOR = "floor", "楼层"
    ROOM = "room", "房间"
    FACILITY = "facility", "设施"


class ScanKind(Word):
    """What a code is scanned for, with one's own WeChat."""

    BIND = "bind", "绑定微信"
    LOGIN = "login", "扫码登录"
    LINK = "link", "关联小程序"


class ScanState(Word):
    """How far such a scan has come."""

    WAITING = "waiting", "等待扫码"
    SCANNED = "scanned", "已扫码"
    USED = "used", "已完成"
    EXPIRED = "expired", "已失效"


class AnswerMatch(Word):
    """When the chat's own answer is given."""

    EXACT = "exact", "消息就是这个词"
    CONTAINS = "contains", "消息里有这个词"


class TaskState(Word):
    """How far a piece of long work has come."""

    WAITING = "waiting", "排队中"
    RUNNING = "running", "进行中"
    DONE = "done", "已完成"
    FAILED = "failed", "未完成"
    CANCELLED = "cancelled", "已取消"


class ArticleState(Word):
    """How far an article of the official account has come."""

    DRAFT = "draft", "草稿"
    PREVIEWED = "previewed", "已预览"
    APPROVED = "approved", "已批准"
    SUBMITTED = "submitted", "等待平台结果"
    PUBLISHED = "published", "已发布"
    MASS_SENT = "mass_sent", "已群发"
    FAILED = "failed", "未成功"


class ArticleWay(Word):
    """How an article goes out: a page that can be linked to, or a message to followers."""

    PUBLISH = "publish", "发布"
    MASS = "mass", "群发"


class SurveyState(Word):
    """How far a survey has come."""

    DRAFT = "draft", "编写中"
    OPEN = "open", "正在进行"
    CLOSED = "closed", "已结束"


class SurveyAudience(Word):
    """Whom a survey is meant for: who finds it in the list, and whom coverage is measured by."""

    FOLLOWERS = "followers", "所有关注公众号的人"
    PLACES = "places", "在指定地点反映过情况的人"
    STAFF = "staff", "收到链接的职工"


class QuestionKind(Word):
    """How a question of a survey is answered."""

    STARS = "stars", "打星（1–5 星）"
    SINGLE = "single", "单选"
    MULTIPLE = "multiple", "多选"
    TEXT = "text", "文字"


class TextState(Word):
    """What was decided of a text answer in a survey."""

    WAITING = "waiting", "待审核"
    RELEASED = "released", "已公开"
    WITHHELD = "withheld", "不公开"
