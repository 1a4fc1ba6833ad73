"""The console: I turn answers of services into pages. A file per noun; a page is a pure function of its address."""
