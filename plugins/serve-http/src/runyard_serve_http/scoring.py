"""A loaded model that answers questions, one or several at once."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Iterator, Sequence
from typing import Any, Self

import attrs

from runyard.errors import RunyardError
from runyard.models import examples
from runyard.models.pyfunc import PyFuncModel
from runyard.protocols.flavor import Streams
from runyard.server.answers import Headers
from runyard_serve_http.layouts import split
from runyard_serve_http.pace import Pace
from runyard_serve_http.replies import ModelFailed, encoded
from runyard_serve_http.requests import JSON, Question, RequestReader

logger = logging.getLogger("runyard.serve")

WARM_UP_ROUNDS = 5

Reply = bytes | Exception


@attrs.define(eq=False)
class ScoredModel:
    """A model, the version that it is, and how long it takes to answer."""

    model: PyFuncModel
    uri: str
    version: str
    reader: RequestReader
    headers: Headers
    pace: Pace = attrs.field(factory=Pace)

    @classmethod
    def of(cls, model: PyFuncModel, uri: str, version: str) -> Self:
        shown = version or model.model_id or model.metadata.model_uuid or ""
        return cls(
            model=model,
            uri=uri,
            version=version,
            reader=RequestReader(model.metadata.signature, model.predictor.takes),
            headers=((b"x-runyard-model-version", shown.encode("latin-1", "replace")),),
        )

    @property
    def is_batchable(self) -> bool:
        return self.model.predictor.is_batchable

    @property
    def streams(self) -> bool:
        return isinstance(self.model.predictor, Streams)

    def example(self) -> str | None:
        """The request that asks for the prediction of the model's input example, as JSON."""
        return examples.read_serving_example(self.model.fetched.folder, self.model.metadata.saved_input_example_info)

    def warm_up(self) -> None:
        """Ask for the example, so that nothing is left to be imported or compiled when the first client asks.

        A model that fails for its own example is served all the same, and the log says so.
        """
        example = self.example()
        if example is None:
            return
        for _ in range(WARM_UP_ROUNDS):
            try:
                question = self.reader.whole(example.encode(), JSON)
            except RunyardError as error:
                logger.warning("%s: its input example does not fit its signature: %s", self.uri, error)
                return
            begun = time.perf_counter()
            reply = self.replies([question])[0]
            if isinstance(reply, Exception):
                logger.warning("%s: its input example: %s", self.uri, reply)
                return
            self.pace.note(question.rows, time.perf_counter() - begun)

    def replies(self, questions: Sequence[Question]) -> list[Reply]:
        """A reply to each; those of several are predicted at once, or singly where that fails."""
        if len(questions) > 1:
            together = self._together(questions)
            if together is not None:
                return together
        return [self._singly(question) for question in questions]

    def pieces(self, question: Question) -> Iterator[Any]:
        """The answer piece by piece."""
        predictor = self.model.predictor
        assert isinstance(predictor, Streams)
        return predictor.predict_stream(self._data(question), question.params)

    def _together(self, questions: Sequence[Question]) -> list[Reply] | None:
        layout = questions[0].layout
        assert layout is not None
        try:
            data = layout.joined([question.data for question in questions])
            answer = self.model.predictor.predict(data, questions[0].params)
        except Exception:
            logger.debug("%s: a batch failed", self.uri, exc_info=True)
            return None
        parts = split(answer, [question.rows for question in questions])
        if parts is None:
            return None
        try:
            return [encoded(part) for part in parts]
        except RunyardError:
            return None

    def _singly(self, question: Question) -> Reply:
        try:
            answer = self.model.predictor.predict(self._data(question), question.params)
            return encoded(answer, is_unwrapped=question.is_unwrapped)
        except Exception as error:  # noqa: BLE001 - a model may raise anything
            return failed(error, self.uri)

    def _data(self, question: Question) -> Any:
        return question.data if question.layout is None else question.layout.joined([question.data])


def failed(error: Exception, uri: str) -> Exception:
    """What clients are told of an error in a model; the log gets all of it."""
    if isinstance(error, RunyardError):
        return error
    logger.warning("%s failed", uri, exc_info=error)
    return ModelFailed(error, "".join(traceback.format_exception(error)))
