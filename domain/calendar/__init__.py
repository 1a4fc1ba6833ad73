"""Which days people are expected at work: published from official notices, changed by further ones."""
