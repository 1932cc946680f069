"""For whoever runs us: is the process up, and can it work."""

from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError

from models import migrate
from web.guards import open_to_all
from web.parts import parts

blueprint = Blueprint("health", __name__)
blueprint.before_request(open_to_all)


def _answer(text: str, status: int = 200) -> Response:
    return Response(text + "\n", status=status, content_type="text/plain; charset=utf-8")


@blueprint.get("/healthz")
def process_up() -> Response:
    """Answer 200 as long as the process answers at all."""
    return _answer("正常")


@blueprint.get("/readyz")
def ready() -> Response:
    """Answer 200 when the database is reached and has the newest shape, else 503 with the reason."""
    try:
        current = migrate.current_revision(parts().database)
    except SQLAlchemyError as error:
        return _answer(f"连不上数据库：{type(error).__name__}", 503)
    head = migrate.head_revision()
    if current != head:
        return _answer(f"数据库版本是 {current or '空'}，程序需要 {head}：请运行 python app.py migrate", 503)
    return _answer("就绪")
