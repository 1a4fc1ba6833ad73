"""How fast it is, always beside a floor and a peer in the same run; nothing here passes or fails."""
