"""What writes the pages and documents that come from the code; `make docs` and `make openapi` call these."""
