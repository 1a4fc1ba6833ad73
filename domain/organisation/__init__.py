"""Who sells, in which team, under whose eyes, and in what roles, at any hour."""
