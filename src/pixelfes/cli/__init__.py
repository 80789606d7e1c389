"""The program ``pixelfes``: each command parses its options, calls the library, and prints the result."""
