"""Texts that would do harm if they were ever taken for anything but texts, put into every row there is.

Each column gets a mark of its own (`zq17z`), so that whatever is found tells where it came from.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import DDL, JSON, Column, Connection, Enum, Row, String, Table, TypeDecorator, select, update
from sqlalchemy.exc import IntegrityError

from models.database import Database
from models.tables import Base

MARK = re.compile(r"zq(\d+)z")


class Form(StrEnum):
    """One kind of hostile text; `{}` is where its mark stands."""

    MARKUP = (
        """zq{}z"'><img src=x onerror=mk()><svg/onload=mk()>{{{{7*7}}}}{{0}}%(x)s%s"""
        """</textarea></script></title><!--]]>'-mk()-'"""
    )
    LINK = "javascript:mk()//zq{}z"
    DATA_LINK = "data:text/html,<script>mk()</script>//zq{}z"
    FORMULA = '=HYPERLINK("http://evil.example/zq{}z",1)'
    CONTROL = "zq{}z\r\nX-Mk: 1\r\n\r\n<b>mk</b>\x1b[31m\x07\u202e\u2028\x85\x00\ufeff\U0001f4a9"

    def of(self, number: int) -> str:
        """Write it with a mark."""
        return self.value.format(number)


# Words of ours that something is found, decided or opened by; nobody writes them. With them replaced nothing
# would be shown at all. Columns that come new are marked until they stand here.
_OURS = {
    "api_usage": "path",
    "audit_chain": "seal",
    "audit_entry": "action subject_kind subject address request_id seal",
    "access_link": "token_hash path",
    "api_session": "key token_hash",
    "article": "cover_file_key publish_id msg_id media_id mass_month page_code old_draft",
    "article_picture": "file_key",
    "attachment": "media_id file_key content_type",
    "background_task": "kind source_file_key result_file_key",
    "bulletin": "code",
    "bulletin_chart": "file_key dark_file_key",
    "category": "code",
    "complaint": "number submission_key",
    "complaint_search": "words contact_words",
    "connected_request": "key fingerprint",
    "connected_system": "key_hash key_start",
    "content_check": "key trace_id",
    "daily_figure": "day by key",
    "delivery_receipt": "key",
    "draft": "kind_hint",
    "draft_piece": "message_id",
    "figure_change": "day",
    "figure_day": "day",
    "former_person": "mark",
    "idempotent_request": "key fingerprint result",
    "inbound_message": "dedupe_key openid kind",
    "inspection": "photo_file_key",
    "matter": "number source_key",
    "media_verdict": "trace_id openid",
    "message_template": "template_id",
    "mini_program_code": "app_id scene page env_version file_key",
    "mini_program_identity": "openid unionid",
    "notice": "key path claimed_by template_id platform_message_id",
    "number_counter": "day",
    "office_setting": "name",
    "peer_mark": "id",
    "pending_upload": "token file_key content_type",
    "person": "openid unionid",
    "place_rating": "day",
    "platform_alert": "subject",
    "push_run": "code path",
    "qr_code": "app_id scene url",
    "recovery_code": "code_hash",
    "scan_ticket": "secret_hash url number",
    "service_point": "code photo_file_key",
    "staff": "password_hash totp_secret",
    "staff_invitation": "secret_hash",
    "subscription_grant": "template_id",
    "subscription_tap": "event_key template_id",
    "survey": "code salt",
    "survey_answer": "sheet",
    "survey_envelope": "id sealed",
    "survey_participation": "person_hash day",
    "survey_sheet": "id",
    "upload_chunk": "file_key",
    "webhook": "secret former_secret",
    "webhook_delivery": "message_id payload claimed_by",
    "wechat_token": "app_id token",
}
# Where emptiness says that something is not so.
_SAYS_SO = frozenset({"attachment.hidden_reason", "complaint_event.hidden_reason", "webhook.stopped_why"})
_CHINESE = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Marked:
    """What was written where.

    Attributes:
        columns: what each mark stands for, such as `complaint.text`.
        rows: how many texts were replaced.
    """

    form: Form
    columns: Mapping[int, str]
    rows: int

    def named(self, words: str) -> set[str]:
        """Name the columns whose marks stand in some words."""
        return {self.columns[int(number)] for number in MARK.findall(words) if int(number) in self.columns}


def text_columns() -> dict[str, Column[Any]]:
    """Give every column with a text that somebody may have written, by `table.column`."""
    found = {}
    for table in Base.metadata.sorted_tables:
        ours = _OURS.get(table.name, "").split()
        unknown = set(ours) - {column.name for column in table.columns}
        assert not unknown, f"{table.name} has no {unknown}"
        for column in table.columns:
            kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
            if isinstance(kind, Enum) or not isinstance(kind, String | JSON) or column.name in ours:
                continue
            found[f"{table.name}.{column.name}"] = column
    return found


def mark(database: Database, form: Form) -> Marked:
    """Put a hostile text into every row of every text column, past all rules of the domain."""
    columns, rows = {}, 0
    with database.transaction() as session:
        connection = session.connection()
        _take_any_length(connection)
        for number, (name, column) in enumerate(text_columns().items()):
            columns[number] = name
            table: Table = column.table
            keys = list(table.primary_key)
            for row in connection.execute(select(*keys, column)).all():
                new = _replaced(row[-1], form.of(number))
                if new == row[-1] or (not row[-1] and name in _SAYS_SO):
                    continue
                if column.unique or _is_unique(column):
                    new = f"{new}{_name_of(row)}"
                where = [key == value for key, value in zip(keys, row, strict=False)]
                try:
                    with connection.begin_nested():
                        connection.execute(update(table).where(*where).values({column.name: new}))
                except IntegrityError:  # where a rule of the table wants it empty
                    continue
                rows += 1
    return Marked(form, columns, rows)


def _take_any_length(connection: Connection) -> None:
    """Let every column take a text of any length, as those of SQLite do: marks, and what is made of them."""
    if connection.dialect.name != "postgresql":
        return
    quote = connection.dialect.identifier_preparer.quote
    for table in Base.metadata.sorted_tables:
        texts = [column.name for column in table.columns if isinstance(column.type, String)]
        if texts:
            changes = ", ".join(f"ALTER COLUMN {quote(name)} TYPE TEXT" for name in texts)
            connection.execute(DDL(f"ALTER TABLE {quote(table.name)} {changes}"))


def _is_unique(column: Column[Any]) -> bool:
    indexes = [list(index.columns) for index in column.table.indexes if index.unique]
    constraints = [
        list(constraint.columns)
        for constraint in column.table.constraints
        if constraint.__visit_name__ in {"unique_constraint", "primary_key_constraint"}
    ]
    return any(column in columns for columns in indexes + constraints)


def _name_of(row: Row[Any]) -> str:
    return "·".join(str(value) for value in row[:-1])


def _replaced(value: Any, hostile: str) -> Any:
    """Give a value with every text in it replaced; inside JSON only what is no word of ours."""
    if isinstance(value, str):
        return hostile
    return json.loads(json.dumps(_inside(value, hostile))) if value else value


def _inside(value: Any, hostile: str) -> Any:
    if isinstance(value, str):
        return hostile if _CHINESE.search(value) else value
    if isinstance(value, list):
        return [_inside(each, hostile) for each in value]
    if isinstance(value, dict):
        return {
            f"{hostile}{name}" if _CHINESE.search(name) else name: _inside(each, hostile)
            for name, each in value.items()
        }
    return value
