"""Two articles of the invented university: one that goes out as soon as the worker starts, and a draft."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.drawings import draw
from domain import article_approval as approval
from domain import article_release as release
from domain import article_writing as writing
from domain.article_writing import Typed
from domain.file_store import FileStore
from models.article import Article
from models.enums import ArticleWay, Role
from models.staff import Staff, StaffRole

_SHOWERS = """5 号楼浴室的水，上个月忽冷忽热。
有同学扫了门口的码，写了一句“洗到一半全是冷水”，后面跟了 23 个“我也遇到”。

# 查了三个晚上

维修服务中心的师傅和两位同学代表一起蹲点，找到三个原因：

1. 混水阀老化，水压一低就失灵
2. 回水泵夜里自动停机
3. 定时器还是按几年前的作息设的

![修之前](图1)

# 换好了

![修之后](图2)

| 事项 | 单位 | 完成 |
|---|---|---|
| 更换 8 只混水阀 | 维修服务中心 | 第 2 天 |
| 回水泵改为常开 | 维修服务中心 | 第 3 天 |
| 定时器按新作息重设 | 公寓管理中心 | 第 4 天 |

> 现在几点去都是热的，还不用排队。——参加回访的同学

23 位同学都收到了回访，21 位评了“满意”。水再不热，**扫浴室门口的码就能报**，一小时内有人回。"""

_TRAYS = """收餐口排队，是这学期食堂意见里的第一名。这周起，一食堂加了一个收餐口，试行错峰。

# 怎么走

- 一楼东侧收餐口：全天开
- 一楼西侧收餐口（新）：11:30–13:00 开

![新的收餐口](图1)

（待补：第一周的排队时间）"""


def seed_articles(session: Session, *, file_store: FileStore, now: datetime) -> None:
    """Let the desk write two articles; the leader has approved one, and it is to be published.

    Args:
        session: of the university that `seed_demo` filled.
    """
    writer, approver = _first(session, Role.DISPATCHER), _first(session, Role.LEADER)
    told = Typed(
        title="5 号楼浴室：二十四小时都是热水",
        words=_SHOWERS,
        author="后勤处",
        digest="一句“洗到一半全是冷水”，和它后面的 23 个“我也遇到”。",
    )
    yesterday = now - timedelta(days=1)
    files: Any = {"file_store": file_store, "staff": writer}
    showers = _written(session, told, [("shower", False), ("shower", True)], now=yesterday, **files)
    seen: Any = {"seen": showers.revision}
    approval.note_preview(session, showers, now=yesterday, **seen)
    approval.ask(session, showers, staff=writer, now=yesterday, **seen)
    approval.approve(session, showers, staff=approver, now=yesterday + timedelta(hours=1), **seen)
    release.release(session, showers, way=ArticleWay.PUBLISH, staff=approver, now=now, **seen)
    begun = Typed(title="收餐口不再排长队", words=_TRAYS, author="后勤处")
    _written(session, begun, [("tray", True)], now=now - timedelta(hours=3), **files)


def _written(
    session: Session,
    typed: Typed,
    scenes: list[tuple[str, bool]],
    *,
    file_store: FileStore,
    staff: Staff,
    now: datetime,
) -> Article:
    by: Any = {"staff": staff, "now": now}
    article = writing.begin(session, title=typed.title, author=typed.author, **by)
    keys = [file_store.save(draw(scene, after=after, turn=0), "jpg") for scene, after in scenes]
    for key in keys:
        writing.add_picture(session, article, file_key=key, **by)
    writing.save(session, article, typed, seen=article.revision, **by)
    writing.put_cover(session, article, file_key=keys[-1], seen=article.revision, **by)
    return article


def _first(session: Session, role: Role) -> Staff:
    found = select(Staff).where(Staff.role_rows.any(StaffRole.role == role)).order_by(Staff.id)
    return session.scalars(found.limit(1)).one()
