"""Reading what a caller of the control API sent."""

from typing import Any

from flask import current_app, request

from simulator.errors import ControlError
from simulator.simulator import Simulator


def live_simulator() -> Simulator:
    """Return the platform this app serves."""
    simulator: Simulator = current_app.extensions["simulator"]
    return simulator


def body() -> dict[str, Any]:
    """Return the JSON body; nothing at all counts as {}.

    Raises:
        ControlError: not a JSON object.
    """
    if not request.get_data():
        return {}
    value = request.get_json(force=True, silent=True)
    if not isinstance(value, dict):
        raise ControlError("the body must be a JSON object")
    return value


def text(fields: dict[str, Any], name: str, *, default: str | None = None) -> str:
    """Return a text field.

    Raises:
        ControlError: missing without a default, or not a text.
    """
    value = fields.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ControlError(f"{name} must be a text")
    return value


def number(fields: dict[str, Any], name: str) -> float:
    """Return a number, also from a text such as "23.1".

    Raises:
        ControlError: missing or not a number.
    """
    try:
        return float(fields[name])
    except (KeyError, TypeError, ValueError):
        raise ControlError(f"{name} must be a number") from None


def wants_to_wait() -> bool:
    """Whether the caller waits for the delivery (`?wait=0`: no)."""
    return request.args.get("wait", "1") != "0"


def query_number(name: str, default: float, *, most: float) -> float:
    """Return a number of the query, between 0 and `most`.

    Raises:
        ControlError: not a number.
    """
    try:
        value = float(request.args.get(name, default))
    except ValueError:
        raise ControlError(f"{name} must be a number") from None
    return min(max(value, 0.0), most)
