"""One meeting with a customer: what was planned, what the device saw, what was told, how it was judged (S12, S13)."""
