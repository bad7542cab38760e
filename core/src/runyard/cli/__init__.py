"""The command line; `runyard.cli.main:run` is the entry point."""
