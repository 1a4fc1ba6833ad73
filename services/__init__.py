"""Fetch, ask, record: what can be done and asked, with the machines behind ports."""
