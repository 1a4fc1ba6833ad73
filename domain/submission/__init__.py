"""What was sent in and not taken: kept, so that nothing is lost silently."""
