"""The pinned pip requirements of a model, from the modules it really uses; no process is started, nothing is loaded."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

from packaging.specifiers import SpecifierSet

from runyard.errors import InvalidInput, NotFound
from runyard.models.callable_modules import modules_of_callable
from runyard.models.installed import Installed, installed_distributions
from runyard.models.pickled_modules import modules_of_pickle
from runyard.models.requirement_lines import Requirement, satisfies
from runyard.models.source_modules import is_local, is_ours, is_standard, local_sources, modules_of_sources

__all__ = ["infer_requirements", "modules_of_callable", "modules_of_pickle", "modules_of_sources", "pinned"]

# Always named although others need them: which of their versions wrote a model decides whether it can be read.
_READ_BY_VERSION = frozenset({"numpy", "pandas", "pyarrow", "scikit-learn", "scipy"})
_EVERYWHERE = frozenset({"_distutils_hack", "pip", "pkg_resources", "setuptools", "wheel"})


def infer_requirements(distributions: Iterable[str], modules: Iterable[str]) -> list[str]:
    """Pins `name==version` of the distributions named and of those the modules come from, sorted.

    The standard library, Runyard and local modules are left out, but what local modules import is not; a distribution
    that another one needs anyway is left out too. A module that no installed distribution provides is warned of.

    Args:
        distributions: What the model's flavor needs whatever the model is, such as `scikit-learn`.
        modules: Dotted modules the model uses, such as those that `modules_of_pickle` finds.
    """
    installed = installed_distributions()
    named = [_named(line) for line in distributions]
    used, unknown = _used(set(modules), installed, [requirement.key for requirement in named])
    if unknown:
        warnings.warn(
            f"the model uses {', '.join(sorted(unknown))}, which no installed package provides; "
            "name what provides it in extra_pip_requirements, or give its source in code_paths",
            stacklevel=2,
        )
    kept = _pruned({*used, *(requirement.key for requirement in named)}, installed) - {found.key for found in named}
    return sorted([*(pinned(str(found), installed) for found in named), *(pinned(name, installed) for name in kept)])


def pinned(line: str, installed: Installed | None = None) -> str:
    """A package, maybe with extras, at its installed version, without a label such as `+cpu` that no index has."""
    requirement = _named(line)
    found = (installed or installed_distributions()).get(requirement.key)
    if found is None:
        raise NotFound(f"the package {requirement.name!r} is not installed; install it, or give pip_requirements")
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"{requirement.key}{extras}=={found.version.partition('+')[0]}"


def _named(line: str) -> Requirement:
    requirement = Requirement.parse(line)
    if requirement is None:
        raise InvalidInput(f"{line!r} is no name of a package; expected one such as 'scikit-learn' or 'ray[serve]'")
    return requirement


def _used(modules: set[str], installed: Installed, likely: list[str]) -> tuple[set[str], set[str]]:
    used: set[str] = set()
    unknown: set[str] = set()
    counted = {module for module in modules if _counts(module)}
    for module in counted | {found for found in _used_by_local(counted) if _counts(found)}:
        top = module.partition(".")[0]
        providers = installed.providers(module, likely)
        if is_local(top):
            providers = [found for found in providers if found.is_editable]
        elif not providers:
            unknown.add(top)
        used.update(found.name for found in providers)
    return used, unknown


def _used_by_local(modules: set[str]) -> set[str]:
    return modules_of_sources(local_sources(modules).values())


def _counts(module: str) -> bool:
    top = module.partition(".")[0]
    return not (is_standard(top) or is_ours(top) or top in _EVERYWHERE)


def _pruned(names: set[str], installed: Installed) -> set[str]:
    needed = {wanted for name in names for wanted in installed.needs(name)}
    # Parts of LlamaIndex are not pinned by the package that needs them.
    needed = {name for name in needed if not name.startswith("llama-index-")} - _READ_BY_VERSION
    kept = names - needed
    pandas = installed.get("pandas") if "pandas" in kept else None
    if pandas and satisfies(pandas.version, SpecifierSet("<2.1.2")):
        # Such a pandas does not say that it cannot be used with numpy 2.
        kept.add("numpy")
    return kept
