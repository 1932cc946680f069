"""What somebody hostile would try on every URL, and how it is seen whether it worked."""
