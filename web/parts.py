"""What the pages need from outside, kept on the application."""

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app

from config.settings import Settings
from domain.file_store import FileStore
from domain.secret_box import SecretBox
from models.database import Database
from wechat.client import PlatformClient
from wechat.mini_program import MiniProgram

_NAME = "banshishi"


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Settings, database, file store, sealed secrets and the platform's calls, of one application.

    Attributes:
        mini_program: the mini program's calls; None when none is set up.
    """

    settings: Settings
    database: Database
    file_store: FileStore
    client: PlatformClient
    secret_box: SecretBox
    mini_program: MiniProgram | None = None


def keep_parts(app: Flask, parts: Parts) -> None:
    """Put the parts where `parts()` finds them: `app.extensions["banshishi"]`."""
    app.extensions[_NAME] = parts


def parts() -> Parts:
    """Give the parts of the application that handles this request."""
    return cast("Parts", current_app.extensions[_NAME])
