"""Settings (设置): what the office changes by itself, each on a page of its own."""

from flask import Blueprint

from web.admin.settings import (
    answers,
    calendar,
    categories,
    index,
    matters,
    replies,
    retention,
    safety_words,
    sign_in_rules,
    staff,
    staff_acts,
    staff_bulk,
    system_webhooks,
    systems,
    teams,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    index.blueprint,
    teams.blueprint,
    staff.blueprint,
    staff_acts.blueprint,
    staff_bulk.blueprint,
    retention.blueprint,
    sign_in_rules.blueprint,
    categories.blueprint,
    calendar.blueprint,
    safety_words.blueprint,
    matters.blueprint,
    answers.blueprint,
    replies.blueprint,
    systems.blueprint,
    system_webhooks.blueprint,
)
