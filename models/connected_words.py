"""The words of connected systems and their webhooks."""

from models.enums import Word


class WebhookType(Word):
    """What a webhook tells of; never given another meaning."""

    CREATED = "complaint.created", "新诉求"
    STATUS_CHANGED = "complaint.status_changed", "状态变化"
    CLOSED = "complaint.closed", "结束"
    PUBLISHED = "complaint.published", "公开"
    UNPUBLISHED = "complaint.unpublished", "取消公开"
    TEST = "webhook.test", "测试"


class DeliveryState(Word):
    """Where the delivery of a webhook stands."""

    PENDING = "pending", "待推送"
    SENDING = "sending", "推送中"
    DELIVERED = "delivered", "已送达"
    GIVEN_UP = "given_up", "已放弃"
    DROPPED = "dropped", "已取消"
