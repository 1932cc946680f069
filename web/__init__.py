"""Pages and JSON: read the input, check who asks, call the domain, show the result."""
