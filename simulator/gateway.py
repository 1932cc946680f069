"""The platform's front door: finds the endpoint, lets faults strike, records the call."""

import json
import logging
import select
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

from flask import Request, Response

from simulator.calls import CallRecord
from simulator.endpoints import ENDPOINTS
from simulator.errors import ApiError, new_request_id
from simulator.faults import AFTER_EFFECT, Fault
from simulator.pipeline import Answer, Call, Endpoint, perform
from simulator.simulator import Simulator

log = logging.getLogger("simulator")

JSON_TYPE = "application/json; charset=UTF-8"


def answer_call(simulator: Simulator, request: Request) -> Response:
    """Answer one API call."""
    path = "/" + request.path.strip("/")
    rid, started = new_request_id(), time.perf_counter()
    body = request.get_data(cache=True, parse_form_data=request.mimetype == "multipart/form-data")
    call = Call(
        simulator=simulator,
        path=path,
        method=request.method,
        query=request.args.to_dict(),
        raw_body=body,
        remote_addr=request.remote_addr or "",
        files=request.files.to_dict() if request.files else {},
        form=request.form.to_dict(),
        cookies=request.cookies.to_dict(),
    )
    fault = simulator.faults.take(path)
    if fault is not None and fault.kind == "latency":
        time.sleep(fault.seconds)
    answer = _struck_answer(fault, rid) or _answer(ENDPOINTS.get(path), call, rid)
    response = answer if isinstance(answer, Response) else json_response(answer)
    cost_ms = round((time.perf_counter() - started) * 1000)
    _record(call, response, rid, fault, cost_ms)
    if fault is not None and (fault.kind == "reset" or fault.kind in AFTER_EFFECT):
        return _broken(fault, response, request.environ.get("werkzeug.socket"))
    return response


def json_response(value: dict[str, Any]) -> Response:
    """Return JSON as the platform writes it: raw UTF-8, always status 200."""
    return Response(json.dumps(value, ensure_ascii=False), content_type=JSON_TYPE)


def _struck_answer(fault: Fault | None, rid: str) -> Answer | None:
    if fault is None:
        return None
    if fault.kind == "errcode":
        return ApiError(fault.errcode).body(rid)
    if fault.kind == "http_502":
        page = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
        return Response(page, status=502, content_type="text/html")
    return Response(status=500) if fault.kind == "reset" else None


def _answer(endpoint: Endpoint | None, call: Call, rid: str) -> Answer:
    if endpoint is None:
        return ApiError(40066).body(rid)
    try:
        return perform(endpoint, call)
    except ApiError as error:
        return error.body(rid)


def _record(call: Call, response: Response, rid: str, fault: Fault | None, cost_ms: int) -> None:
    shown: Any = None
    if response.mimetype == "application/json":
        shown = json.loads(response.get_data())
    errcode = shown.get("errcode", 0) if isinstance(shown, dict) else 0
    body: Any = call.json or call.raw_body.decode("utf-8", "replace")[:10_000]
    at = call.simulator.clock.now()
    query, address = dict(call.query), call.remote_addr
    record = CallRecord(at, call.method, call.path, query, body, errcode, shown, rid, cost_ms, address)
    call.simulator.calls.add(record)
    note = f" fault {fault.kind}" if fault else ""
    words = f" {shown['errmsg']}" if errcode and isinstance(shown, dict) else ""
    log.info("<- %s %s %s%s%s", call.method, call.path, errcode or response.status_code, words, note)


def _broken(fault: Fault, response: Response, connection: socket.socket | None) -> Response:
    content = response.get_data()
    if fault.kind == "truncated_json":
        return Response(content[: len(content) // 2], content_type=response.content_type)
    if fault.kind == "slow_body":
        slow = Response(_trickle(content, fault.seconds), content_type=response.content_type)
        slow.content_length = len(content)
        return slow
    wait = fault.seconds if fault.kind == "lost_response" else 0.0
    return Response(_hang_up(connection, wait), content_type=response.content_type)


def _trickle(content: bytes, seconds: float) -> Iterator[bytes]:
    for byte in content:
        time.sleep(seconds / len(content))
        yield bytes([byte])


def _hang_up(connection: socket.socket | None, seconds: float) -> Iterator[bytes]:
    if connection is not None:
        if seconds:
            # Ends early when the client goes first, so that a stopped test leaves no thread behind.
            select.select([connection], [], [], seconds)
        # Closing with this option sends a reset instead of an orderly end.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    yield from ()
    raise ConnectionResetError("the answer is lost on purpose")
