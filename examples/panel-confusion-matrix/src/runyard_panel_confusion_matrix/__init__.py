"""Confusion matrices to explore in the web UI."""
