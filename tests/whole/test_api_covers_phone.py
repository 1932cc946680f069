"""Whatever the phone pages offer, the API offers too, or the list beside this file says why not."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from config.settings import Settings
from models.database import Database
from web.api.operations import OPERATIONS
from web.application import create_web

LIST = Path(__file__).with_name("phone_abilities.txt")


@pytest.fixture
def abilities() -> dict[str, str]:
    """Give the operations, or the reason, for each page and act of the phone."""
    lines = LIST.read_text(encoding="utf-8").splitlines()[1:]
    found = dict(line.split(" | ") for line in lines)
    assert len(found) == len(lines)
    return found


def test_each_ability_of_the_phone_has_its_operation(
    make_settings: Callable[..., Settings], sqlite: Database, abilities: dict[str, str]
) -> None:
    app: Flask = create_web(make_settings(), sqlite)
    offered = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/h5/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert set(abilities) == offered, f"say in {LIST.name} which operation does the same"

    known = {declared.name for declared in OPERATIONS}
    named = {name for told in abilities.values() if not told.startswith("- ") for name in told.split()}
    assert named - known == set()
    assert all(told for told in abilities.values())
