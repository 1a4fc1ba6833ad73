"""A company to look at: eighteen people, three teams, a quarter of a year, told through the real commands."""
