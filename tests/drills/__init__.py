"""Long trials: `python -m tests.drills.NAME` does one, and prints what it did and what it found."""
