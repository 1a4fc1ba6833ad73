"""A phone that works without the net: when it last heard from us, and what it queued since (domain §3.1)."""
