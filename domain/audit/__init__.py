"""What is kept of looking and of handing out: evidence about the evidence."""
