"""The rules: what may happen to a complaint, a matter, a notice, and when."""
