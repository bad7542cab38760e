"""What a loaded model of every flavor must do when it is asked for predictions."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from runyard.host import Host
from runyard.models.descriptor import Model
from runyard.models.pyfunc import load_model as load_pyfunc
from runyard.models.saving import save_model
from runyard.specs import FlavorSpec
from runyard.testing.contracts.flavor_parts import FlavorFixtures, alike, assert_equal, plain

THREADS = 4
ROUNDS = 25


class FlavorAnswersContract(FlavorFixtures):
    """Predictions."""

    def test_it_answers_as_a_python_function(self, saved: Path, model: Any, data: Any, host: Host) -> None:
        loaded = load_pyfunc(saved, trust=True, host=host)
        assert_equal(loaded.predict(data), self.answer(model, data))

    def test_its_signature_is_inferred_from_the_example(self, saved: Path) -> None:
        signature = Model.load(saved).signature
        assert signature is not None
        assert signature.inputs is not None
        assert signature.outputs is not None

    def test_asking_changes_nothing(self, saved: Path, data: Any, host: Host) -> None:
        predictor = load_pyfunc(saved, trust=True, host=host).predictor
        given = plain(data)
        answers = [plain(predictor.predict(data)) for _ in range(2)]
        assert_equal(answers[1], answers[0])
        assert_equal(data, given)

    def test_several_threads_may_ask_at_once(self, saved: Path, data: Any, host: Host) -> None:
        loaded = load_pyfunc(saved, trust=True, host=host)
        rows = self.rows(data)
        expected = [plain(loaded.predict(row)) for row in rows]
        start = threading.Barrier(THREADS)

        def ask(thread: int) -> list[str]:
            start.wait()
            numbers = [(thread + number) % len(rows) for number in range(ROUNDS)]
            answers = [(number, plain(loaded.predict(rows[number]))) for number in numbers]
            return [f"{answer} for row {number}" for number, answer in answers if not alike(answer, expected[number])]

        with _switching_often(), ThreadPoolExecutor(THREADS) as pool:
            wrong = [message for messages in pool.map(ask, range(THREADS)) for message in messages]
        assert wrong == [], f"asked by {THREADS} threads at once, it answers {wrong[0]}"

    def test_rows_may_be_asked_together_where_it_says_so(self, saved: Path, data: Any, host: Host) -> None:
        loaded = load_pyfunc(saved, trust=True, host=host)
        assert isinstance(loaded.predictor.is_batchable, bool)
        if not loaded.predictor.is_batchable:
            return
        rows = self.rows(data)
        assert len(rows) > 1, "the fixture data must have two rows or more, for a model that says is_batchable"
        alone = [plain(loaded.predict(row)) for row in rows]
        together = plain(loaded.predict(data))
        assert isinstance(together, list), f"{together!r} has no rows; such a model is not batchable"
        assert_equal(together, [answer for answers in alone for answer in answers])

    def test_it_takes_the_form_of_data_that_it_names(self, saved: Path, data: Any, host: Host) -> None:
        predictor = load_pyfunc(saved, trust=True, host=host).predictor
        assert predictor.takes in {"dataframe", "ndarray"}
        if predictor.takes == "ndarray" and hasattr(data, "to_numpy"):
            assert_equal(predictor.predict(data.to_numpy()), predictor.predict(data))
            renamed = data.set_axis([f"column {number}" for number in range(len(data.columns))], axis=1)
            assert_equal(predictor.predict(renamed), predictor.predict(data))

    def test_params_are_honoured_or_ignored(
        self, saved: Path, data: Any, host: Host, params: Mapping[str, Any]
    ) -> None:
        predictor = load_pyfunc(saved, trust=True, host=host).predictor
        answer = plain(predictor.predict(data))
        assert_equal(predictor.predict(data, {}), answer)
        assert_equal(predictor.predict(data, None), answer)
        if params:
            given = dict(params)
            assert not alike(plain(predictor.predict(data, given)), answer), f"{given} change nothing"
            assert given == params
            assert_equal(predictor.predict(data), answer)
        with suppress(TypeError, ValueError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert_equal(predictor.predict(data, {"no_such_param": 1}), answer)
        assert_equal(predictor.predict(data), answer)

    def test_two_models_answer_each_for_itself(
        self, spec: FlavorSpec, saved: Path, model: Any, other_model: Any, data: Any, host: Host, tmp_path: Path
    ) -> None:
        answers = [plain(self.answer(each, data)) for each in (model, other_model)]
        assert not alike(*answers), "the fixture other_model must answer otherwise than model"
        save_model(spec.name, other_model, tmp_path / "other", input_example=data, host=host)
        both = [load_pyfunc(folder, trust=True, host=host) for folder in (saved, tmp_path / "other")]
        for loaded, answer in (*zip(both, answers, strict=True), *zip(both, answers, strict=True)):
            assert_equal(loaded.predict(data), answer)


@contextmanager
def _switching_often() -> Iterator[None]:
    """Threads take turns after a microsecond within it, so that what they share is seen."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
