"""The control API `/_sim/*`: what a test, a script or the phone page does with the platform itself."""

from flask import Blueprint, Response, jsonify

from simulator.control import board, people, things
from simulator.errors import ControlError

control = Blueprint("control", __name__, url_prefix="/_sim")
people.register(control)
things.register(control)
board.register(control)


@control.errorhandler(ControlError)
def explain(error: ControlError) -> tuple[Response, int]:
    """Answer 400 with one plain sentence."""
    return jsonify({"error": str(error)}), 400
