"""Who may use the office from outside."""
