"""What holds for every operation: in the document, on its page and in docs/api.md, in the same words."""

from pathlib import Path

VERSION = "1.0.0"
TITLE = "办实事 API"

SUMMARY = (
    "给小程序和校园里的其他程序用：登录、查服务点、提交诉求、跟进、评价，看办实事清单、通报和公示，填测评。"
    "手机页面能做的，这里按同样的规则也能做。"
)
TEXT = Path(__file__).with_name("conventions.md").read_text(encoding="utf-8").strip()

TAGS: dict[str, str] = {
    "登录": "登录和登录中的设备",
    "我的": "我是谁、手机号、和公众号关联",
    "目录": "类别和服务点",
    "诉求": "提交、查看和跟进诉求",
    "照片": "上传、读取照片和录音",
    "办实事": "公开的事项，关注和投票",
    "通报和公示": "办理情况通报、公示栏、各单位的比率",
    "测评": "匿名的满意度测评",
    "通知": "通知、设置、订阅消息",
    "我的数据": "带走或注销",
}


def chapters() -> list[tuple[str, list[str]]]:
    """Give title and paragraphs of each chapter; what stands between backticks is code."""
    return [
        (title, paragraphs.strip().split("\n\n"))
        for chapter in TEXT.removeprefix("## ").split("\n## ")
        for title, _, paragraphs in [chapter.partition("\n")]
    ]
