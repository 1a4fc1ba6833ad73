"""Open, hear, rule, appeal, reopen: choices that stand on a case and on what its ruling changes (domain §3.4, PM15)."""
