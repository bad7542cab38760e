"""The formats of a model's file: how it is written and read, what it imports, what in it can run code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import attrs

from runyard.errors import CorruptData, InvalidInput
from runyard.models.requirements import modules_of_pickle

SKOPS, CLOUDPICKLE, PICKLE = "skops", "cloudpickle", "pickle"
SAFEST = "safest"  # the first of these that can write the model


class Format(Protocol):
    """One format."""

    @property
    def file_name(self) -> str:
        """What the model's file is called."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The distributions that read it, beside scikit-learn."""

    def write(self, model: Any, file: Path, trusted: Sequence[str] | None) -> Sequence[str] | None:
        """Write the model; the types that its reader must be told to trust.

        Raises:
            InvalidInput: it cannot be written so that it can be read.
        """

    def read(self, file: Path, named: Sequence[str]) -> Any:
        """The model; whoever calls this trusts the file, or knows that it has no risks. `named` are its trusted types.

        Raises:
            CorruptData: the file is none of this format.
        """

    def modules(self, file: Path) -> set[str]:
        """The modules that reading the file imports."""

    def risks(self, file: Path) -> list[str]:
        """What in the file can run code when it is read; the file is opened, never loaded."""


@attrs.frozen
class PickleFormat:
    """Python's pickle; with cloudpickle also of functions and classes that no module holds."""

    library: str
    file_name: str = "model.pkl"

    @property
    def needs(self) -> tuple[str, ...]:
        return () if self.library == PICKLE else (CLOUDPICKLE,)

    def write(self, model: Any, file: Path, trusted: Sequence[str] | None) -> Sequence[str] | None:
        import importlib
        import pickle

        library = importlib.import_module(self.library)
        try:
            with file.open("wb") as stream:
                # The protocol that every Python we support reads, whichever wrote it; so does MLflow.
                library.dump(model, stream, protocol=pickle.DEFAULT_PROTOCOL)
        except (pickle.PicklingError, TypeError, AttributeError, RecursionError) as error:
            advice = '; serialization_format="cloudpickle" writes functions and classes too'
            raise InvalidInput(
                f"{self.library} cannot write this {type(model).__name__}: {error}"
                + (advice if self.library == PICKLE else "")
            ) from error
        return trusted

    def read(self, file: Path, named: Sequence[str]) -> Any:  # noqa: ARG002 - the protocol's
        import pickle

        # What cloudpickle wrote is a pickle too: it names what it needs of cloudpickle itself.
        try:
            with file.open("rb") as stream:
                return pickle.load(stream)  # noqa: S301 - `risks` was asked, and says what this can do
        except ModuleNotFoundError as error:
            raise InvalidInput(
                f"{file.name} needs the module {error.name!r}, which is not installed; see its requirements.txt"
            ) from error
        except (pickle.UnpicklingError, EOFError) as error:
            raise CorruptData(f"{file} is no pickle that can be read: {error}") from error

    def modules(self, file: Path) -> set[str]:
        return modules_of_pickle(file)

    def risks(self, file: Path) -> list[str]:
        tops = sorted({name.partition(".")[0] for name in self.modules(file)})
        return [f"the pickle {file.name}, which imports {', '.join(tops) or 'nothing'}"]


def format_of(name: str) -> Format:
    """The format of a name.

    Raises:
        InvalidInput: there is none.
    """
    if name == SKOPS:
        from runyard_flavor_sklearn.skops_format import SkopsFormat

        return SkopsFormat()
    if name in {CLOUDPICKLE, PICKLE}:
        return PickleFormat(name)
    raise InvalidInput(f"no serialization_format {name!r}; there are {SKOPS!r}, {CLOUDPICKLE!r} and {PICKLE!r}")
