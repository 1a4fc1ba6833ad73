"""One rep's day at work: planned in the morning, closed in the evening, looked at by the manager (S3, S18, S64)."""
