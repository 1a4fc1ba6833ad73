"""The doors: HTTP and the command line, two translations of the same services."""
