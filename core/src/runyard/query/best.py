"""Whether a metric is better when it is lower, told from its name."""

from __future__ import annotations

import re

_LOWER = frozenset(
    {"loss", "losses", "error", "errors", "err", "mae", "mse", "rmse", "msle", "rmsle", "mape", "perplexity", "ppl"}
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def lower_is_better(key: str) -> bool:
    """Whether the last part of a metric's path has a word such as loss, error, mse or perplexity.

    `val/loss`, `train_loss`, `valLoss` and `RMSE` are better when lower; `accuracy` and `loss/accuracy` when higher.
    """
    last = key.rpartition("/")[2]
    return any(word.lower() in _LOWER for word in _WORD.findall(last))
