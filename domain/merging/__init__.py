"""Choices that make one customer of two records, or two of one again; every history stays where it was written."""
