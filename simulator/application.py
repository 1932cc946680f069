"""The Flask app around one pretend platform."""

from pathlib import Path

from flask import Flask, Response, render_template, request

from simulator.article_pages import article_pages
from simulator.config import SimulatorConfig
from simulator.control import control
from simulator.gateway import answer_call
from simulator.oauth_pages import pages
from simulator.simulator import Simulator

_HERE = Path(__file__).parent
_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]


def create_simulator(config: SimulatorConfig | None = None) -> Flask:
    """Return the app; `app.extensions["simulator"]` is the live `Simulator`.

    Raises:
        StorageError: the state file cannot be used.
    """
    app = Flask(
        "simulator",
        root_path=str(_HERE),
        template_folder="phone_templates",
        static_folder="phone_static",
        static_url_path="/phone-static",
    )
    simulator = Simulator(config or SimulatorConfig())
    app.extensions["simulator"] = simulator
    # Chinese stays readable in the control API's answers.
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.register_blueprint(control)
    app.register_blueprint(pages)
    app.register_blueprint(article_pages)
    app.add_url_rule("/", "phone", _phone)
    app.add_url_rule("/favicon.ico", "favicon", lambda: Response(status=204))
    app.add_url_rule("/<path:_>", "gateway", _gateway, methods=_METHODS)
    return app


def _phone() -> str:
    if not (_HERE / "phone_templates" / "phone.html").exists():
        return "微信平台模拟器正在运行。"
    return render_template("phone.html")


def _gateway(_: str) -> Response:
    from flask import current_app

    return answer_call(current_app.extensions["simulator"], request)
