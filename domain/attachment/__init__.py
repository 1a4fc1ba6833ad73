"""Photos and documents, told apart by what their bytes hash to; the bytes lie sealed outside the log."""
