"""The switchboard: calls, faults, clock, settings, tokens, reset."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from simulator.clock import parse_moment
from simulator.control.reading import body, live_simulator, number, query_number, text
from simulator.errors import ControlError


def register(control: Blueprint) -> None:
    """Add the addresses."""
    control.get("/calls")(calls)
    control.get("/faults")(list_faults)
    control.post("/faults")(set_fault)
    control.delete("/faults")(clear_faults)
    control.get("/clock")(show_clock)
    control.post("/clock")(set_clock)
    control.get("/settings")(show_settings)
    control.post("/settings")(change_settings)
    control.post("/verify")(verify)
    control.post("/tokens/<any(expire,revoke):act>")(end_tokens)
    control.post("/reset")(reset)


def calls() -> Response:
    """The newest API calls."""
    limit = int(query_number("limit", 100, most=5000))
    rows = live_simulator().calls.find(path=request.args.get("path"), limit=limit)
    return jsonify([row.describe() for row in rows])


def list_faults() -> Response:
    """Faults still waiting."""
    return jsonify(live_simulator().faults.list())


def set_fault() -> Response:
    """One more fault."""
    fields = body()
    whole: dict[str, Any] = {}
    for name in ("errcode", "times"):
        if name in fields:
            whole[name] = int(number(fields, name))
    if "seconds" in fields:
        whole["seconds"] = number(fields, "seconds")
    path, kind = text(fields, "path", default="*"), text(fields, "kind")
    return jsonify(live_simulator().faults.add(path=path, kind=kind, **whole).describe())


def clear_faults() -> Response:
    """No more faults."""
    live_simulator().faults.clear()
    return jsonify([])


def show_clock() -> Response:
    """The platform's time."""
    return jsonify(live_simulator().clock.describe())


def set_clock() -> Response:
    """Freeze, advance, or run with real time again."""
    clock, fields = live_simulator().clock, body()
    try:
        if "freeze" in fields:
            clock.freeze(parse_moment(fields["freeze"]))
        elif "advance" in fields:
            clock.advance(number(fields, "advance"))
        elif fields.get("reset") is True:
            clock.reset()
        else:
            raise ControlError('send {"freeze": time}, {"advance": seconds} or {"reset": true}')
    except ValueError as error:
        raise ControlError(str(error)) from None
    return show_clock()


def show_settings() -> Response:
    """The settings."""
    return jsonify(live_simulator().describe_settings())


def change_settings() -> Response:
    """Other settings from now on."""
    return jsonify(live_simulator().change_settings(body()))


def verify() -> Response:
    """What the console does on 保存服务器配置, with `?mini=1` that of the mini program."""
    return jsonify(live_simulator().verify(mini=request.args.get("mini") == "1"))


def end_tokens(act: str) -> Response:
    """Let all live tokens run out, or kill them."""
    tokens = live_simulator().tokens
    with live_simulator().state.lock:
        count = tokens.expire_all() if act == "expire" else tokens.revoke_all()
    return jsonify({"ended": count})


def reset() -> Response:
    """Back to the start."""
    live_simulator().reset()
    return jsonify({"ok": True})
