"""Runyard's own typed REST API: columns, series, live changes, journals."""
