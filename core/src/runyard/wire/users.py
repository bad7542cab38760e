"""The header by which a client says who makes a change."""

USER_HEADER = "X-Runyard-User"  # in UTF-8, for servers that ask nobody who they are
MAX_USER = 256


def is_user_name(name: str) -> bool:
    """Whether a name can stand in the header `USER_HEADER`."""
    return name.isprintable() and name == name.strip() and 0 < len(name) <= MAX_USER
