"""Answers that suit both a plain form and one sent from within a page."""

from flask import redirect, request
from werkzeug.wrappers import Response


def wants_fragment() -> bool:
    """Tell whether the browser will put the answer into the page it shows."""
    return request.headers.get("HX-Request") == "true"


def done(address: str) -> Response:
    """Send the browser on to the page that shows what was done."""
    if wants_fragment():
        return Response(status=204, headers={"HX-Redirect": address})
    return redirect(address, 303)
