"""How many customers a rep holds, and how many were claimed on a day (库容)."""
