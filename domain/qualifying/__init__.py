"""Choices that stand on a qualification and on the visits that are its evidence."""
