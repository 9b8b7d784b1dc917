"""Commands of the command line, one module each, which parse, call and print."""
