"""Two reps, one customer: the file of a case, and the ladder by which facts decide it (S15)."""
