"""The pages of the office: sign in, inbox, complaints and what is done to them, notices."""

from flask import Blueprint

from web.admin import (
    account,
    acts,
    audit,
    complaints,
    context,
    files,
    home,
    inbox,
    login,
    menu,
    message_templates,
    my_wechat,
    notices,
    places,
    platform,
    record,
    saved_views,
    scan_login,
    sending,
    tasks,
    template_import,
    wechat_sign_in,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    login.blueprint,
    scan_login.blueprint,
    wechat_sign_in.blueprint,
    account.blueprint,
    my_wechat.blueprint,
    home.blueprint,
    inbox.blueprint,
    saved_views.blueprint,
    record.blueprint,
    complaints.blueprint,
    acts.blueprint,
    files.blueprint,
    places.blueprint,
    notices.blueprint,
    menu.blueprint,
    message_templates.blueprint,
    template_import.blueprint,
    sending.blueprint,
    tasks.blueprint,
    platform.blueprint,
    audit.blueprint,
)
context.register(home.blueprint)
