"""The callback that logs what is evaluated after each iteration."""

from __future__ import annotations

from typing import Any

import xgboost

from runyard.autologging.content import Measuring
from runyard.protocols.autologger import Call


class Recording(xgboost.callback.TrainingCallback):
    """Logs each iteration's metrics as a point of their curves; never stops the training."""

    def __init__(self, call: Call, measuring: Measuring) -> None:
        super().__init__()
        self.history: list[dict[str, float]] = []
        self._call = call
        self._measuring = measuring

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ARG002 - XGBoost's signature
        with self._call.attempt("an iteration's metrics"):
            # `@` as in ndcg@3 cannot be in a name; MLflow writes it so.
            metrics = {
                f"{data}-{name.replace('@', '_at_')}": values[-1]
                for data, found in evals_log.items()
                for name, values in found.items()
            }
            self.history.append(metrics)
            if metrics:
                self._measuring.log(metrics, step=epoch)
        return False
