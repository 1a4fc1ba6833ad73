"""A quantity that somebody is to reach in a period, with somebody who answers for it (S7, S23–S25, S38)."""
