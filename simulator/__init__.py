"""A pretend WeChat platform over HTTP: it stands alone and knows nothing of the app it talks to."""

from simulator.application import create_simulator
from simulator.config import SimulatorConfig
from simulator.simulator import Simulator

__all__ = ["Simulator", "SimulatorConfig", "create_simulator"]
