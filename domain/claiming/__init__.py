"""Choices about claims; they stand on the customer's ownership and on the portfolios of the reps concerned."""
