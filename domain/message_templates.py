"""Which template of the account tells which kind of notice, as set by an administrator."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.wechat_templates import MessageTemplate as Template
from models.enums import NoticeChannel, NoticeKind
from models.message_template import MessageTemplate


def mapped(session: Session) -> dict[tuple[NoticeKind, NoticeChannel], Template | None]:
    """Give what was set in the pages; None where it was set that a kind has no template on a way."""
    rows = session.scalars(select(MessageTemplate)).all()
    return {(row.kind, row.channel): template_of(row) for row in rows}


def template_of(row: MessageTemplate) -> Template | None:
    """Read a row as the file of templates would be read; None when it names none."""
    if not row.template_id:
        return None
    return Template.model_validate(
        {
            "id": row.template_id,
            "channel": row.channel.value,
            "kinds": (row.kind.value,),
            "fields": row.fields,
            "words": row.words,
        }
    )
