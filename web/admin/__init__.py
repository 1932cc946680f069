"""The pages of the office: sign in, inbox, complaints and what is done to them, notices."""

from flask import Blueprint

from web.admin import (
    account,
    acts,
    complaints,
    context,
    files,
    home,
    inbox,
    login,
    notices,
    places,
    record,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    login.blueprint,
    account.blueprint,
    home.blueprint,
    inbox.blueprint,
    record.blueprint,
    complaints.blueprint,
    acts.blueprint,
    files.blueprint,
    places.blueprint,
    notices.blueprint,
)
context.register(home.blueprint)
