"""Access to a server by tokens from a file, with roles."""
