"""Where the time of a rep goes: to new customers, to old ones, to the road, to those who never sign (S49, S59, S70)."""
