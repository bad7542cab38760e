"""The URI schemes runs: and models:, resolved to artifact locations."""
