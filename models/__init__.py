"""What we remember: tables, columns, constraints and relations; no rules."""
