"""One contract class per kind of plugin: inherit it, give its fixture, and pytest runs it."""
