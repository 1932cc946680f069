"""What each target tries, and what must hold."""
