"""What reps look at in the pool (公海), before anybody holds it."""
