"""Which months are paid: what changes later counts in a month that is not (A31)."""
