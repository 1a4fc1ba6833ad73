"""Facts folded into rows; nothing here refuses, waits or remembers."""
