"""Contracts and references that plugins are tested with."""
