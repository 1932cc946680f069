"""The headers that tell browsers what our pages may do."""

from collections.abc import Sequence

from flask import Flask, Response, g, request, session

# No inline scripts or styles anywhere: whatever somebody smuggles into a text stays a text.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-src {frames}; frame-ancestors {ancestors}"
)
# WeChat draws its open tags, such as its question for a 订阅通知, in frames of its own.
# https://developers.weixin.qq.com/doc/service/guide/h5/opentag.html
_OPEN_TAGS = "https://*.qq.com webcompt:"


def _static_lifetime(response: Response) -> None:
    if "v" in request.args:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response.headers["Cache-Control"] = "no-cache"


def show_in_own_page() -> None:
    """Let one of our own pages show the answer to this request in a frame."""
    g.shown_in_own_page = True


def show_own_pages() -> None:
    """Let the answer to this request hold frames with our own pages."""
    g.shows_own_pages = True


def init_app(app: Flask, *, is_https: bool, phone_page_frames: Sequence[str] = ()) -> None:
    """Add the headers to every answer.

    Args:
        app: the application.
        is_https: whether browsers may be told to insist on https.
        phone_page_frames: origins that may show pages in a frame; those below /h5/ may be in our own too.
    """
    phone_ancestors = " ".join(["'self'", *phone_page_frames])
    other_ancestors = " ".join(phone_page_frames) or "'none'"

    def add_headers(response: Response) -> Response:
        is_phone_page = request.path.startswith("/h5/")
        framed = is_phone_page or g.get("shown_in_own_page", False)
        own_frames = "'self'" if g.get("shows_own_pages", False) else "'none'"
        policy = _POLICY.format(
            frames=_OPEN_TAGS if is_phone_page else own_frames,
            ancestors=phone_ancestors if framed else other_ancestors,
        )
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault(
            "Permissions-Policy", "geolocation=(self), camera=(self), microphone=(self)"
        )
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if not framed and not phone_page_frames:
            response.headers.setdefault("X-Frame-Options", "DENY")
        if is_https:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.endpoint == "static":
            _static_lifetime(response)
        elif response.headers.get("Cache-Control", "no-cache") == "no-cache":
            # Files that are sent as downloads say no-cache by themselves, with which proxies may keep them.
            response.headers["Cache-Control"] = "no-store"
        if response.cache_control.public and not session.modified:
            # Drawn for nobody in particular, whoever looked at the cookie on the way; else no proxy keeps it.
            session.accessed = False
        return response

    app.after_request(add_headers)
