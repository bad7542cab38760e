"""What a server that is none of ours answers."""

from __future__ import annotations

import json

from runyard.testing import scripted
from runyard.testing.scripted import Answer, Asked, Reply

DONE = Reply(200, b"{}")


def error(status: int, code: str, message: str, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps({"error_code": code, "message": message}).encode(), named)


def in_turn(*replies: Reply) -> Answer:
    """These answers one after the other, the last one for ever, to whom does not ask whether it is one of ours."""
    answer = scripted.in_turn(*replies)

    def of_another(asked: Asked) -> Reply:
        if asked.target == "/api/v1/server":
            return Reply(404, b"not here", {"Content-Type": "text/plain"})
        return answer(asked)

    return of_another
