"""Which customer a company code or a web domain belongs to: by it, duplicates are found (S15)."""
