"""Pretend platforms that serve one test after another: starting one takes longer than most tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields

from simulator import SimulatorConfig
from simulator.server import RunningSimulator


class Platforms:
    """Lends running platforms; each is at every loan as if it had just been started."""

    def __init__(self) -> None:
        self._running: dict[str, RunningSimulator] = {}

    @contextmanager
    def lend(self, config: SimulatorConfig) -> Iterator[RunningSimulator]:
        """Give a platform that was started with these settings; the test may change and even stop it."""
        if (running := self._running.pop(repr(config), None)) is None:
            running = RunningSimulator(config)
            running.start()
        try:
            yield running
        finally:
            if running._thread.is_alive():
                _begin_anew(running, config)
                self._running[repr(config)] = running

    def close(self) -> None:
        """Stop all that are not lent."""
        for running in self._running.values():
            running.stop()


def _begin_anew(running: RunningSimulator, config: SimulatorConfig) -> None:
    simulator = running.simulator
    with simulator.state.lock:
        for setting in fields(config):
            if setting.name != "limits":  # the counters hold on to this very dictionary
                setattr(simulator.settings, setting.name, getattr(config, setting.name))
        simulator.settings.limits.clear()
        simulator.settings.limits.update(config.limits)
        simulator.base_url = running.base_url
        simulator.reset()
