"""What somebody listens to: experiments, runs, models, or everything."""

from __future__ import annotations

import attrs

from runyard.entities import Change, Subject
from runyard.errors import InvalidInput

MAX_TOPICS = 500
HELP = "exp:ID, run:ID, model:NAME, experiments or models"


@attrs.frozen
class Topics:
    """Topics such as `exp:1`, `run:abc`, `model:digits`, `experiments`, `models`; none means everything."""

    names: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str | None) -> Topics:
        if text is None:
            return cls()
        names = [name.strip() for name in text.split(",")]
        for name in names:
            kind, colon, what = name.partition(":")
            if not (name in {"experiments", "models"} or (kind in {"exp", "run", "model"} and colon and what)):
                raise InvalidInput(f"a topic is {HELP}, got {name!r:.80}")
        if len(names) > MAX_TOPICS:
            raise InvalidInput(f"{len(names)} topics are asked for, at most {MAX_TOPICS} are possible")
        return cls(frozenset(names))

    def include(self, change: Change) -> bool:
        if not self.names:
            return True
        match change.subject:
            case Subject.MODEL:
                return not self.names.isdisjoint({"models", f"model:{change.id}"})
            case Subject.EXPERIMENT:
                return not self.names.isdisjoint({"experiments", f"exp:{change.id}"})
            case Subject.RUN:
                return not self.names.isdisjoint({f"run:{change.id}", f"exp:{change.experiment_id}"})
            case _:
                return f"exp:{change.experiment_id}" in self.names
