"""The measurements behind what we say about speed; each prints its numbers."""
