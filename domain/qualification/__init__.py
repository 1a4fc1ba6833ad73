"""What is known of a purchase that may come: need, budget, the person who pays; each with what shows it (S46, S69)."""
