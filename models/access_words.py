"""The words of the record of who saw personal data: what was seen, and how."""

from models.enums import Word


class Seen(Word):
    """What of a person staff were shown."""

    PHONE = "phone", "联系电话"
    NAME = "name", "称呼"
    CONTACT = "contact", "称呼和电话"
    FILE = "file", "照片、语音等原件"


class SeenIn(Word):
    """Where it was shown."""

    PAGE = "page", "页面"
    SEARCH = "search", "搜索结果"
    PRINT = "print", "打印"
    EXPORT = "export", "导出台账"
