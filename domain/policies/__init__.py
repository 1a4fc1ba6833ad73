"""Rules of the form "when this happens, ask for that": events in, askings out; the asking is decided like any other."""
