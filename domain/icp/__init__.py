"""Which customers are the right ones: published profiles, and sources from which no leads are taken."""
