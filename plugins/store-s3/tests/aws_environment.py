"""The environment that AWS's tools find in tests."""

from __future__ import annotations

# Where they look for credentials beside it; a test says all that they find.
PLACES = {"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}


def environment(s3_server: dict[str, str]) -> dict[str, str]:
    """The environment of somebody who uses the service."""
    return {
        "AWS_ACCESS_KEY_ID": s3_server["access_key"],
        "AWS_SECRET_ACCESS_KEY": s3_server["secret_key"],
        "AWS_ENDPOINT_URL": s3_server["endpoint"],
        **PLACES,
    }
