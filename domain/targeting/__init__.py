"""Targets are set, locked and amended: choices on a target, on the periods taken, and on an approval."""
