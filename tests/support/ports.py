"""Ports for servers that a test starts."""

import random
import socket

# Below what systems give to whoever calls out, so that nobody gets it between our looking and the server.
_FROM, _TO = 20_000, 32_000


def free_port(*, in_a_row: int = 1) -> int:
    """Find a port that nobody uses, the first of so many side by side."""
    for _ in range(1000):
        # Test processes may have been given the same seed.
        port = random.SystemRandom().randrange(_FROM, _TO)
        if all(_is_free(each) for each in range(port, port + in_a_row)):
            return port
    raise AssertionError("no free port")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
