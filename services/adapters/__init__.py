"""One module per machine; nothing above knows a library."""
