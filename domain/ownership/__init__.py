"""Who may work a customer in a business line, and until when (S8)."""
