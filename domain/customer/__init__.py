"""Who the customers are, what is known of them, and where that came from (S11, S27)."""
