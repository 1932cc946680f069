"""Lets each application compile how its addresses are built only where a test builds one.

Werkzeug compiles all of them when an application is made, which takes longer than most tests; each test makes
its own application and builds a dozen.
"""

from collections.abc import Callable
from typing import Any

from werkzeug.routing.rules import Rule

_Build = Callable[..., tuple[str, str]]


def compile_when_needed() -> None:
    """Put off compiling until the first use, for all applications of this process."""
    compile_now = Rule._compile_builder

    def later(self: Rule, append_unknown: bool = True) -> _Build:
        made: list[_Build] = []

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            if not made:
                made.append(compile_now(self, append_unknown))
            return made[0](rule, **values)

        return build

    Rule._compile_builder = later  # type: ignore[method-assign]
