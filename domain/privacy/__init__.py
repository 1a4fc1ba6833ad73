"""What people may ask about what is kept of them; today: that it be erased."""
