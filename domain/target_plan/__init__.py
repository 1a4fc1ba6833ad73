"""Which periods of one subject and metric have a target: each day at most once per kind of period."""
