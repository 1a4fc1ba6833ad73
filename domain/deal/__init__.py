"""What is being sold to a customer, until it is won or lost, and who has the credit."""
