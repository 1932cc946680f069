"""The JSON API for the mini program and other programs of the campus: tokens only, no cookies."""

from flask import Blueprint

from web.api import (
    attachments,
    catalogue,
    complaint_acts,
    complaints,
    documentation,
    me,
    sessions,
    uploads,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    sessions.opening,
    sessions.blueprint,
    me.blueprint,
    catalogue.opening,
    catalogue.blueprint,
    complaints.blueprint,
    complaint_acts.blueprint,
    uploads.blueprint,
    attachments.blueprint,
    documentation.blueprint,
)
