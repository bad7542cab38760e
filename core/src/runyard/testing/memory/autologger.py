"""The reference autologger that the contract's tests are proven with: it watches the fits of lines."""

from __future__ import annotations

import inspect
from collections.abc import Generator, Iterator
from types import ModuleType
from typing import Any

import attrs

from runyard.autologging.content import MODEL_NAME, fitting_params
from runyard.models import logging
from runyard.protocols.autologger import AutologOptions, Call, Patch


@attrs.frozen
class LineAutologger:
    """Logs how lines are fitted, and the lines."""

    options: type[AutologOptions] = AutologOptions

    def patches(self, module: ModuleType) -> Iterator[Patch]:
        if module.__name__ == "runyard.testing.memory.fitting":
            for name in ("fit", "fit_best"):
                yield Patch(module, name, self.training, trains=True)

    def training(self, call: Call) -> Generator[Call | None, Any, None]:
        bound = inspect.signature(call.function).bind(*call.args, **call.kwargs)
        bound.apply_defaults()
        call.run.writer.log_params(
            fitting_params({key: value for key, value in bound.arguments.items() if key not in {"xs", "ys"}})
        )
        line = yield None
        call.run.writer.log_metrics({"slope": line.slope})
        if call.options.log_models:
            logging.log_model("line", line, None, MODEL_NAME, {}, run_id=call.run.info.run_id, client=call.run.client)
