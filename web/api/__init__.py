"""The JSON API for the mini program and other programs of the campus: tokens only, no cookies."""

from flask import Blueprint

from web.api import (
    attachments,
    board,
    bulletins,
    catalogue,
    complaint_acts,
    complaints,
    documentation,
    matters,
    me,
    my_data,
    notices,
    place_pages,
    sessions,
    settings,
    surveys,
    uploads,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    sessions.opening,
    sessions.blueprint,
    me.blueprint,
    catalogue.opening,
    catalogue.blueprint,
    place_pages.opening,
    place_pages.blueprint,
    complaints.blueprint,
    complaint_acts.blueprint,
    uploads.blueprint,
    attachments.blueprint,
    matters.opening,
    matters.blueprint,
    bulletins.opening,
    board.opening,
    board.blueprint,
    surveys.blueprint,
    notices.opening,
    notices.blueprint,
    settings.blueprint,
    my_data.blueprint,
    documentation.blueprint,
)
