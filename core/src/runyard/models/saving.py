"""Write a model to a folder: the flavor's files, signature, example, environment, code, hashes and MLmodel."""

from __future__ import annotations

import os
import platform
import secrets
import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack

import attrs

from runyard.errors import AlreadyExists, InvalidInput, NotFound, did_you_mean
from runyard.host import Host, default_host
from runyard.models import code_paths, environments, hashes, trust
from runyard.models.descriptor import FILE_NAME, PYFUNC, Model
from runyard.models.examples import InputExample
from runyard.models.requirements import infer_requirements
from runyard.models.signature import ModelSignature, infer_signature
from runyard.protocols.flavor import Flavor, ModelFiles, SavedModel, SavesByExample
from runyard.specs import FlavorSpec
from runyard.types.inference import infer_param_schema

PathLike = str | os.PathLike[str]


class CommonOptions(TypedDict, total=False):
    """What MLflow's `save_model` and `log_model` take beside the model, whatever the flavor.

    `signature=False` means none, not even one inferred from the example. `host` is whose flavors and settings hold.
    """

    signature: ModelSignature | Literal[False] | None
    input_example: Any
    pip_requirements: list[str] | PathLike | None
    extra_pip_requirements: list[str] | PathLike | None
    conda_env: Mapping[str, Any] | PathLike | None
    code_paths: list[PathLike] | None
    infer_code_paths: bool
    extra_files: list[PathLike] | None
    metadata: Mapping[str, Any] | None
    resources: Mapping[str, Any] | None
    auth_policy: Mapping[str, Any] | None
    host: Host | None


class SaveOptions(CommonOptions, total=False):
    """What `save_model` takes alone: `mlflow_model` is what is known of the model before."""

    mlflow_model: Model | None


def save_model(
    flavor: str,
    model: Any,
    path: PathLike,
    options: Mapping[str, Any] | None = None,
    **given: Unpack[SaveOptions],
) -> Model:
    """Write a model of a flavor to a folder that is new or empty, whole or not at all; what MLmodel says.

    `options` are the flavor's own.

    Raises:
        AlreadyExists: the folder has something in it.
        InvalidInput: the model is not of this flavor, or an option is refused.
    """
    check_names(given, SaveOptions, "save_model")
    host = given.get("host") or default_host()
    spec = host.flavors.get(flavor)
    target = Path(path)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise AlreadyExists(f"{target} exists and is not an empty folder; save the model to another path")
    partial = _new_folder(target)
    try:
        saved = _Saving(host, spec, partial, dict(given)).run(
            model, options or {}, given.get("mlflow_model") or Model()
        )
        partial.replace(target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return saved


def check_names(given: Mapping[str, Any], known: type, function: str) -> None:
    """Refuse an argument that nobody knows, as Python does where arguments are named one by one."""
    unknown = sorted(set(given) - set(known.__annotations__))
    if unknown:
        hint = did_you_mean(unknown[0], known.__annotations__)
        raise TypeError(f"{function}() got an unexpected keyword argument {unknown[0]!r}{hint}")


@attrs.frozen
class _Saving:
    """One model on its way into a folder."""

    host: Host
    spec: FlavorSpec
    folder: Path
    given: Mapping[str, Any]

    def run(self, model: Any, options: Mapping[str, Any], descriptor: Model) -> Model:
        flavor: Flavor = self.host.flavors.resolve(self.spec.name)()
        example, example_info = self._example()
        saved = self._save(flavor, model, options, example)
        code = self._copy_code(saved)
        flavors = self._flavors(saved, descriptor, code)
        files = ModelFiles(
            folder=self.folder,
            keys=flavors[self.spec.key],
            pyfunc=flavors.get(PYFUNC, {}),
            metadata=self.given.get("metadata") or {},
        )
        signature = _in_form(self._signature(flavor, model, files, saved, example), saved)
        environment = self._write_environment(saved, signature)
        if saved.pyfunc is not None:
            flavors[PYFUNC] = {**flavors[PYFUNC], "env": environment}
        described = attrs.evolve(
            descriptor,
            flavors=flavors,
            signature=signature,
            saved_input_example_info=example_info,
            metadata=self.given.get("metadata"),
            resources=self.given.get("resources"),
            auth_policy=self.given.get("auth_policy"),
            extra={**descriptor.extra, **saved.extra},
        )
        self._copy_extra_files()
        described = attrs.evolve(described, model_size_bytes=_size(self.folder))
        described.save(self.folder / FILE_NAME)
        trust.remember_own(hashes.write_hashes(self.folder))
        return described

    def _save(self, flavor: Flavor, model: Any, options: Mapping[str, Any], example: InputExample | None) -> SavedModel:
        if isinstance(flavor, SavesByExample):
            return flavor.save_by_example(model, self.folder, options, example, self.given.get("signature") or None)
        return flavor.save(model, self.folder, options)

    def _flavors(self, saved: SavedModel, descriptor: Model, code: str | None) -> dict[str, Mapping[str, Any]]:
        """The flavors in MLmodel: the library's own, and `python_function` where it can be asked for predictions."""
        flavors = {**descriptor.flavors, self.spec.key: {**saved.keys, "code": code}}
        if saved.pyfunc is not None:
            flavors[PYFUNC] = {
                **(saved.keys if self.spec.key == PYFUNC else {}),
                "loader_module": self.spec.loader_module,
                **saved.pyfunc,
                **({"code": code} if code else {}),
                "python_version": platform.python_version(),
            }
        return flavors

    def _write_environment(self, saved: SavedModel, signature: ModelSignature | None) -> Mapping[str, str]:
        modules = {*saved.modules, *(("pandas",) if saved.pyfunc is not None and _takes_tables(signature) else ())}
        return environments.write_environment(
            self.folder,
            lambda: infer_requirements(saved.distributions, modules),
            pip_requirements=self.given.get("pip_requirements"),
            extra_pip_requirements=self.given.get("extra_pip_requirements"),
            conda_env=self.given.get("conda_env"),
        )

    def _copy_code(self, saved: SavedModel) -> str | None:
        named = code_paths.copy_code_paths(self.given.get("code_paths"), self.folder)
        if self.given.get("infer_code_paths"):
            return code_paths.copy_local_modules(saved.modules, self.folder) or named
        return named

    def _copy_extra_files(self) -> None:
        for name in self.given.get("extra_files") or []:
            source = Path(name)
            if not source.is_file():
                raise NotFound(f"no file {str(source)!r} to keep with the model (working folder: {Path.cwd()})")
            (self.folder / "extra_files").mkdir(exist_ok=True)
            shutil.copyfile(source, self.folder / "extra_files" / source.name)

    def _example(self) -> tuple[InputExample | None, Mapping[str, Any] | None]:
        given = self.given.get("input_example")
        if given is None:
            return None, None
        example = InputExample.of(given)
        return example, example.save(self.folder)

    def _signature(
        self, flavor: Flavor, model: Any, files: ModelFiles, saved: SavedModel, example: InputExample | None
    ) -> ModelSignature | None:
        """The user's, else what the example and the predictions for it show, else the flavor's own."""
        given = self.given.get("signature")
        if given is False:
            return None
        if given is not None:
            if not isinstance(given, ModelSignature):
                raise InvalidInput(
                    f"signature must be a ModelSignature, got {type(given).__name__}; see infer_signature"
                )
            return given
        if saved.signature is not None and example is not None and example.params:
            return attrs.evolve(saved.signature, params=infer_param_schema(example.params))
        if saved.signature is not None or example is None or saved.pyfunc is None:
            return saved.signature
        try:
            answer = flavor.predictor(model, files, {}).predict(example.data, example.params)
        except Exception as error:  # noqa: BLE001 - a model may raise anything
            warnings.warn(
                f"no signature: the model fails for its input example: {type(error).__name__}: {error}", stacklevel=2
            )
            return None
        return infer_signature(example.data, answer, example.params)


def _takes_tables(signature: ModelSignature | None) -> bool:
    """Whether a model's input is made a table, whatever it was; that of a type hint is made what the hint says."""
    if signature is None or signature.inputs is None or signature.is_signature_from_type_hint:
        return False
    return signature.inputs.has_input_names() and not signature.inputs.is_tensor_spec()


def _in_form(signature: ModelSignature | None, saved: SavedModel) -> ModelSignature | None:
    if signature is None or not saved.takes_example_form:
        return signature
    return attrs.evolve(signature, is_type_hint_from_example=True)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _new_folder(target: Path) -> Path:
    """A hidden folder beside a path, with the rights that a new folder has."""
    partial = target.parent / f".{target.name}.{secrets.token_hex(6)}.partial"
    partial.mkdir(parents=True)
    return partial
