"""Projects on this machine."""
