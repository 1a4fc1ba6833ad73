"""Files of requests and tables of rows, made into requests like any other: the import behind the command line."""
