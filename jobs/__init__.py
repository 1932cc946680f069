"""What happens by itself: `python app.py worker`."""
