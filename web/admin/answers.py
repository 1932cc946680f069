"""Telling a plain form from one sent from within a page."""

from flask import request


def wants_fragment() -> bool:
    """Tell whether the browser will put the answer into the page it shows."""
    return request.headers.get("HX-Request") == "true"
