"""An app that dies while it answers has not answered."""

import socket
import threading
from collections.abc import Iterator

import pytest

from simulator.callback import CallbackUnreachableError, request_callback

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def answer_with(listener: socket.socket, answer: bytes) -> str:
    """Let the next caller be answered with these bytes, and hang up; give the address to call."""

    def run() -> None:
        caller, _ = listener.accept()
        with caller:
            caller.sendall(answer)
            caller.shutdown(socket.SHUT_WR)
            # What is left unread would be told to the caller as a reset.
            while caller.recv(65536):
                pass

    threading.Thread(target=run, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/wechat"


@pytest.mark.parametrize("sent", [b"", b"succ"])
def test_answer_cut_short_is_no_answer(listener: socket.socket, sent: bytes) -> None:
    url = answer_with(listener, HEAD + b"Content-Length: 7\r\n\r\n" + sent)
    with pytest.raises(CallbackUnreachableError, match="IncompleteRead"):
        request_callback(url, method="POST", query={}, body=b"x", limit=5)


@pytest.mark.parametrize(
    ("length", "body"),
    [
        (b"Content-Length: 7\r\n", b"success"),
        (b"", b"success"),
        (b"Content-Length: 0\r\n", b""),
    ],
)
def test_whole_answer_counts_with_or_without_its_length(
    listener: socket.socket, length: bytes, body: bytes
) -> None:
    url = answer_with(listener, HEAD + length + b"\r\n" + body)
    assert request_callback(url, method="POST", query={}, body=b"x", limit=5).body == body
