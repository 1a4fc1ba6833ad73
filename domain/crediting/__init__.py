"""Win a deal on the terms that a ruling or a transfer has set for it; set such terms."""
