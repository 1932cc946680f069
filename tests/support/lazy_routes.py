"""Lets the applications of a test process share what Werkzeug makes of an address.

Each test makes its own application. Werkzeug takes the hundreds of addresses of each apart anew, and compiles
how they are built, which takes longer than most tests; a process of ours does it once.
"""

from collections.abc import Callable
from typing import Any

from werkzeug.routing.map import Map
from werkzeug.routing.rules import Rule

_Build = Callable[..., tuple[str, str]]


def compile_when_needed() -> None:
    """Take an address apart once, and compile how it is built where one is built first."""
    compile_now, builder_now = Rule.compile, Rule._compile_builder
    kept: dict[tuple[Any, ...], Rule] = {}

    def once(self: Rule) -> None:
        """Take an address apart, or take over what was made of the same one for another application."""
        own_map = self.map.host_matching or self.map.converters != Map.default_converters
        # The first of its kind stays as it is; its parts are never changed.
        first = None if own_map else kept.setdefault(_what_counts(self), self)
        if first is self or first is None:
            compile_now(self)
            return
        self._parts, self._trace, self._converters = first._parts, first._trace, first._converters
        self.arguments = set(first.arguments)
        self._build = first._build.__func__.__get__(self)  # type: ignore[attr-defined]
        self._build_unknown = first._build_unknown.__func__.__get__(self)  # type: ignore[attr-defined]

    def later(self: Rule, append_unknown: bool = True) -> _Build:
        made: list[_Build] = []

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            if not made:
                made.append(builder_now(self, append_unknown))
            return made[0](rule, **values)

        return build

    Rule.compile = once  # type: ignore[method-assign]
    Rule._compile_builder = later  # type: ignore[method-assign]


def _what_counts(rule: Rule) -> tuple[Any, ...]:
    """Give all that an address is taken apart by; what it leads to is no part of that."""
    defaults = repr(sorted((rule.defaults or {}).items()))
    return rule.rule, defaults, rule.subdomain, rule.merge_slashes, rule.strict_slashes, rule.build_only
