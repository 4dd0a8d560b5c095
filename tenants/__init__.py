"""Customer companies, the people who belong to them, and the rule that nobody sees another's rows."""
