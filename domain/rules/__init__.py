"""Which numbers are in force on a day: published, versioned, never changed backwards (S75)."""
