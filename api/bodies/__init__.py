"""What clients send: one model per request type, and how its text becomes values.

The bodies live with the doors, all doors together: HTTP, the command line and intake read the same ones.
"""
