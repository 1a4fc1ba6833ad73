"""Choices about what tells customers apart: they stand on the customer and on its identifiers."""
