"""The format of skops: a zip of JSON and arrays that names the types to make, of which it makes only trusted ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import attrs

from runyard.errors import CorruptData, InvalidInput
from runyard.models.requirements import modules_of_pickle
from runyard_flavor_sklearn.formats import SKOPS
from runyard_flavor_sklearn.harmless import harmless_types

# What models are made of whatever the user's own code is: whoever saves one has it in memory and need not be asked.
# MLmodel lists these of their types that skops does not know, so that MLflow loads the file as well.
_LIBRARIES = frozenset({"numpy", "scipy", "sklearn"})


@attrs.frozen
class SkopsFormat:
    """Models whose types are known to be harmless, or were said to be by the user."""

    file_name: str = "model.skops"
    needs: tuple[str, ...] = (SKOPS,)

    def write(self, model: Any, file: Path, trusted: Sequence[str] | None) -> Sequence[str] | None:
        import skops.io

        try:
            skops.io.dump(model, file)
        except Exception as error:
            raise InvalidInput(
                f"skops cannot write this {type(model).__name__}: {_text(error)};"
                ' serialization_format="cloudpickle" writes it, as a file that can run code when it is loaded'
            ) from error
        found = _untrusted(file)
        own = [name for name in found if name.partition(".")[0] in _LIBRARIES]
        unknown = sorted({*found} - {*own} - {*(trusted or ())})
        if unknown:
            raise InvalidInput(_refusal(model, unknown, trusted or ()))
        try:
            skops.io.load(file, trusted=found)
        except Exception as error:
            raise InvalidInput(
                f"skops cannot read back what it wrote of this {type(model).__name__}: {_text(error)};"
                ' save it with serialization_format="cloudpickle"'
            ) from error
        return list(dict.fromkeys([*(trusted or ()), *own])) or None

    def read(self, file: Path, named: Sequence[str]) -> Any:
        import skops.io
        from skops.io.exceptions import UntrustedTypesFoundException

        # What its writer named is most often all there is, and a file that is asked for its types is read once more.
        trusted: Sequence[str] = [*map(str, named), *harmless_types()]
        try:
            try:
                return skops.io.load(file, trusted=trusted)
            except UntrustedTypesFoundException:
                return skops.io.load(file, trusted=_untrusted(file))
        except ModuleNotFoundError as error:
            raise InvalidInput(
                f"{file.name} needs the module {error.name!r}, which is not installed; see its requirements.txt"
            ) from error
        except CorruptData:
            raise
        except Exception:  # skops meets whatever the file holds
            _untrusted(file)
            raise

    def modules(self, file: Path) -> set[str]:
        return modules_of_pickle(file)

    def risks(self, file: Path) -> list[str]:
        # The list in MLmodel is not asked: it comes from whoever made the file.
        found = _untrusted(file)
        risky = [name for name in found if name not in harmless_types()] if found else []
        return [f"the type {name}, which skops does not vouch for" for name in risky]


def _untrusted(file: Path) -> list[str]:
    import skops.io

    try:
        found: list[str] = skops.io.get_untrusted_types(file=file)
    except Exception as error:  # skops meets whatever the file holds
        raise CorruptData(f"{file} is no skops file that can be read: {_text(error)}") from error
    return found


def _refusal(model: Any, unknown: Sequence[str], trusted: Iterable[str]) -> str:
    every = [*trusted, *unknown]
    pickled = 'serialization_format="cloudpickle" to write a file that can run code when it is loaded'
    message = f"this {type(model).__name__} has types that skops does not trust: {', '.join(unknown)}. "
    if any("<" in name for name in unknown):
        return f"{message}Those in <> cannot be named in a skops file: give {pickled}"
    return f"{message}If you know them, give skops_trusted_types={every!r}; else give {pickled}"


def _text(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
