"""Models served over HTTP."""
