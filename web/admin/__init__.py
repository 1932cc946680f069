"""The pages of the office: sign in, inbox, complaints, notices."""

from flask import Blueprint

from web.admin import account, context, home, inbox, login, notices, record

BLUEPRINTS: tuple[Blueprint, ...] = (
    login.blueprint,
    account.blueprint,
    home.blueprint,
    inbox.blueprint,
    notices.blueprint,
    record.blueprint,
)
context.register(home.blueprint)
