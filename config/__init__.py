"""What differs between universities: settings, the catalogue, message templates and logging."""
