"""One frozen module for each step from one schema to the next."""
