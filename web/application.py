"""Puts the web together: settings in, a Flask application out."""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from flask import Blueprint, Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from config.settings import Settings
from domain.file_store import FileStore
from domain.file_stores import file_store_for
from domain.secret_box import SecretBox
from models.database import Database
from web import (
    access_notes,
    api,
    auth,
    cross_origin,
    database_session,
    errors,
    file_links,
    filters,
    headers,
    health,
    limit_notes,
    metrics_page,
    open311,
    request_log,
    row_numbers,
    static_files,
    turns,
    unread_bodies,
    verify_files,
    wechat_browser,
)
from web.callback_door import CallbackDoor
from web.guards import PERSON_SIGNED_IN_FOR
from web.parts import Parts, keep_parts
from web.rate_limits import limit_counts, limiter
from web.session_cookies import PatientSessions
from wechat.client import build_client
from wechat.mini_program import build_mini_program

MEGABYTE = 1024 * 1024
# Nine photos of ten megabytes and their form; each file is checked on its own as well.
LARGEST_REQUEST = 96 * MEGABYTE


def create_web(
    settings: Settings,
    database: Database,
    file_store: FileStore | None = None,
    *,
    phone_page_frames: Sequence[str] = (),
) -> Flask:
    """Make the application that serves all pages.

    Args:
        settings: checked settings.
        database: where everything is kept.
        file_store: where files lie; by default the store that the settings name.
        phone_page_frames: origins that may show pages in a frame (the demo's simulator).
    """
    app = Flask("web", static_folder="static", template_folder="templates")
    _configure(app, settings)
    row_numbers.init_app(app)
    files = file_store or file_store_for(settings)
    client = build_client(settings, database)
    box = SecretBox(settings.secret_key.get_secret_value())
    keep_parts(
        app,
        Parts(
            settings=settings,
            database=database,
            file_store=files,
            client=client,
            secret_box=box,
            mini_program=build_mini_program(settings, database),
        ),
    )
    # Registered first, run last: sessions end after everybody else has had their say on the answer, and only
    # then it is known how the request ended.
    request_log.init_app(
        app, for_machines=settings.log_format == "json", behind_proxy=settings.trusted_proxies > 0
    )
    unread_bodies.init_app(app)
    turns.init_app(app)
    database_session.init_app(app)
    headers.init_app(app, is_https=settings.is_https, phone_page_frames=phone_page_frames)
    cross_origin.init_app(app, settings.api_origins.split())
    errors.init_app(app)
    filters.init_app(app)
    file_links.init_app(app)
    wechat_browser.init_app(app)
    static_files.init_app(app)
    auth.init_app(app)
    access_notes.init_app(app)
    limiter.init_app(app)
    limit_notes.init_app(app)
    _register_pages(app)
    app.wsgi_app = CallbackDoor(app.wsgi_app, settings, database)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _register_pages(app: Flask) -> None:
    """Add all pages, and ask their forms for our token."""
    csrf = CSRFProtect(app)
    for blueprint in _blueprints():
        app.register_blueprint(blueprint)
    for blueprint in (*api.BLUEPRINTS, *open311.BLUEPRINTS):
        # Tokens, no cookies: nothing that a foreign page could make a browser send by itself.
        csrf.exempt(blueprint)
    if find_spec("web.callback") is not None:
        # The platform signs its messages; it knows nothing of our forms.
        csrf.exempt(app.blueprints["callback"])


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        # A browser keeps a `__Host-` cookie only when it came over https for this very host.
        SESSION_COOKIE_NAME="__Host-banshishi" if settings.is_https else "banshishi",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=PERSON_SIGNED_IN_FOR,
        WTF_CSRF_TIME_LIMIT=None,
        **limit_counts(settings),
    )
    app.session_interface = PatientSessions()
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.json.ensure_ascii = False  # type: ignore[attr-defined]


def _blueprints() -> list[Blueprint]:
    from web import admin

    found = [
        health.blueprint,
        metrics_page.blueprint,
        verify_files.blueprint,
        *admin.BLUEPRINTS,
        *api.BLUEPRINTS,
        *open311.BLUEPRINTS,
    ]
    if find_spec("web.h5") is not None:
        found.extend(import_module("web.h5").BLUEPRINTS)
    if find_spec("web.callback") is not None:
        found.append(import_module("web.callback").blueprint)
    return found
