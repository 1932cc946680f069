"""The demo: an invented university with three months of complaints, and the supervisor that shows it."""
