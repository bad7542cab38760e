"""The web UI: comparing runs in a browser."""
