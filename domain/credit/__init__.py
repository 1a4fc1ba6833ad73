"""How the next deal with a customer will be credited, where a ruling or a transfer has said so."""
