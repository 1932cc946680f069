"""Faults of what we stand on: disks, databases, clocks; see `python -m tests.drills.surroundings --help`."""
