"""What a flavor implements: how a library's models are written to a folder, read back, asked for predictions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import attrs

from runyard.errors import CorruptData

if TYPE_CHECKING:
    from runyard.models.examples import InputExample
    from runyard.models.signature import ModelSignature


@attrs.frozen(kw_only=True)
class SavedModel:
    """What a flavor says of the files it has just written.

    `keys` is its entry in the file MLmodel; `pyfunc` is what loading as a Python function needs beside it, None where
    the model cannot be asked for predictions. `distributions` and `modules` are what loading it needs: distributions by
    name, modules as they were imported. `signature` stands in where the user gave none, `extra` are more keys. With
    `takes_example_form` the model is given tables in the form of its input example, a list say.
    """

    keys: Mapping[str, Any]
    pyfunc: Mapping[str, Any] | None = attrs.field(factory=dict)
    distributions: Sequence[str] = ()
    modules: frozenset[str] = frozenset()
    signature: ModelSignature | None = None
    takes_example_form: bool = False
    extra: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class ModelFiles:
    """A model's files as they are on this machine: the folder, and what MLmodel says to the flavor and to `pyfunc`.

    `metadata` is what the user noted on the model.
    """

    folder: Path
    keys: Mapping[str, Any]
    pyfunc: Mapping[str, Any] = attrs.field(factory=dict)
    metadata: Mapping[str, Any] = attrs.field(factory=dict)
    signature: ModelSignature | None = None

    def path(self, name: str) -> Path:
        """Where a file or folder that MLmodel names lies.

        Raises:
            CorruptData: the name leads out of the model's folder, or nothing is there.
        """
        root = self.folder.resolve()
        target = (root / name).resolve()
        if not target.is_relative_to(root):
            raise CorruptData(
                f"MLmodel in {self.folder} names {name!r}, which lies outside of the model; do not load it"
            )
        if not target.exists():
            there = ", ".join(sorted(path.name for path in root.iterdir())) or "nothing"
            raise CorruptData(f"MLmodel in {self.folder} names {name!r}, which is missing; there is: {there}")
        return target


class Predictor(Protocol):
    """A loaded model as a Python function. Safe to use from several threads."""

    @property
    def is_batchable(self) -> bool:
        """Whether rows are independent, so that those of several requests may be predicted at once, in their order."""

    @property
    def takes(self) -> str:
        """The cheapest form of tabular input: "dataframe", or "ndarray" where the names of columns do not matter."""

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        """Predictions for data that fits the model's signature."""


@runtime_checkable
class Streams(Protocol):
    """A predictor that can give its answer piece by piece."""

    def predict_stream(self, data: Any, params: Mapping[str, Any] | None = None) -> Iterator[Any]:
        """The pieces of the answer, as they come."""


@runtime_checkable
class SavesByExample(Protocol):
    """A flavor that follows what a model does with its input example; it is asked in place of `save`."""

    def save_by_example(
        self,
        model: Any,
        folder: Path,
        options: Mapping[str, Any],
        example: InputExample | None,
        signature: ModelSignature | None,
    ) -> SavedModel:
        """What `save` does, knowing the user's example and signature where there are some.

        Raises:
            InvalidInput: the model is not of this library, or an option is refused.
        """


class Flavor(Protocol):
    """One library's way of being a model. It is imported where a model of the library is met, and imports it then."""

    def save(self, model: Any, folder: Path, options: Mapping[str, Any]) -> SavedModel:
        """Write a model into a folder that is there and holds nothing of the names that the flavor uses.

        Raises:
            InvalidInput: the model is not of this library, or an option is refused.
        """

    def load(self, files: ModelFiles, options: Mapping[str, Any]) -> Any:
        """The library's own object, as `save` was given it. Its place is trusted, or `risks` found none."""

    def predictor(self, model: Any, files: ModelFiles, config: Mapping[str, Any]) -> Predictor:
        """A loaded model as a Python function; `config` is what the user says in place of the saved `config`."""

    def risks(self, files: ModelFiles) -> Sequence[str]:
        """What in the files can run code when they are loaded, each in a few words; empty where nothing can.

        It opens files but never loads them.
        """
