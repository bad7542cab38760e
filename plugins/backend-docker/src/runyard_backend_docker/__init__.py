"""Projects in Docker containers."""
