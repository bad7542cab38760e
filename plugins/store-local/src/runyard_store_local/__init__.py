"""Artifacts in a local folder: file: URIs and plain paths."""
