"""A manager's yes or no to one thing that a rule does not allow by itself; used once, by what it names."""
