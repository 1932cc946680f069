"""How Alembic runs here: on the connection that models/migrate.py hands over."""

from alembic import context

from models.base import UtcDateTime
from models.migrate import is_compared
from models.tables import Base


def _render_item(kind: str, item: object, _context: object) -> str | bool:
    # A migration must not change its meaning when our own type does.
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=_render_item,
    include_object=is_compared,
    compare_type=False,  # our moment type reads as another; tests compare the rest,
)
context.run_migrations()
