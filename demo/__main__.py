"""`python -m demo PORT FOLDER`: the demo in a folder of choice, for pictures and tests."""

import argparse
import sys
from pathlib import Path

from demo.supervisor import FOLDER, run_demo

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m demo")
    parser.add_argument("port", type=int)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--total", type=int, default=300, help="complaints after the first start")
    options = parser.parse_args()
    sys.exit(run_demo(options.port, options.folder, total=options.total))
