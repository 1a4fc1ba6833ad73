"""What a sales organisation holds true: facts and choices, and nothing that could be slow, late or random."""
