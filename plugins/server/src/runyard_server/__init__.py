"""The server: sub-applications of plugins behind one door, with health, access log and limits."""
