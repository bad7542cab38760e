"""Which autologgers are on, with which options, and the functions that are replaced for them."""

from __future__ import annotations

import importlib.metadata
import os
import threading
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import attrs

from runyard.autologging.imports import ImportWatch, imported_modules
from runyard.autologging.patching import Applied, apply
from runyard.autologging.reports import Attempt, logger
from runyard.autologging.watching import Watching
from runyard.host import default_host
from runyard.protocols.autologger import Autologger, AutologOptions, Patch
from runyard.specs import AutologgerSpec


@attrs.define(eq=False)
class Switch:
    """An autologger; `options` are None while it is off. `is_own` says that they were given to it and not to all."""

    spec: AutologgerSpec
    autologger: Autologger
    options: AutologOptions | None = None
    is_own: bool = False
    applied: list[Applied] = attrs.field(factory=list)
    seen: set[str] = attrs.field(factory=set)

    def watch(self, patch: Patch, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        options = self.options
        if options is None:  # switched off, but somebody has kept the function
            return original(*args, **kwargs)
        return Watching(self.spec.name, options, patch, original).call(args, kwargs)

    def look_at(self, module: ModuleType) -> None:
        """Watch what there is to watch of a module, once."""
        options = self.options
        if options is None or module.__name__ in self.seen or not self._is_supported(options):
            return
        self.seen.add(module.__name__)
        with Attempt(self.spec.name, f"what {module.__name__} does", silent=options.silent):
            for patch in self.autologger.patches(module):
                self.applied.append(apply(patch, self.watch))

    def undo(self) -> None:
        while self.applied:
            self.applied.pop().undo()
        self.seen.clear()

    def _is_supported(self, options: AutologOptions) -> bool:
        if not options.disable_for_unsupported_versions:
            return True
        return all(_is_met(name, wanted) for name, wanted in self.spec.supports.items())


@attrs.define(eq=False)
class Switches:
    """All autologgers that were switched on once in this process; functions are replaced for the whole of it."""

    by_name: dict[str, Switch] = attrs.field(factory=dict)
    lock: threading.RLock = attrs.field(factory=threading.RLock)
    imports: ImportWatch = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.imports = ImportWatch(self._imported)
        os.register_at_fork(after_in_child=self._after_fork)

    def turn_on(self, name: str, options: AutologOptions | Mapping[str, Any], *, is_own: bool) -> None:
        """Switch an autologger on, or give it other options; those of its own are not replaced by those for all.

        Raises:
            NoSuchPlugin: nothing installed provides it.
        """
        with self.lock:
            switch = self._switch(name)
            if switch.is_own and switch.options is not None and not is_own:
                return
            chosen = options if isinstance(options, AutologOptions) else switch.autologger.options(**options)
            switch.options, switch.is_own = chosen, is_own
            self._watch_imports()
            for module in imported_modules(switch.spec.libraries):
                switch.look_at(module)

    def turn_off(self, name: str) -> None:
        """Switch an autologger off and put the library's functions back."""
        with self.lock:
            switch = self.by_name.pop(name, None)
            if switch is not None:
                switch.options = None
                switch.undo()
                self._watch_imports()

    def _switch(self, name: str) -> Switch:
        if name not in self.by_name:
            autologgers = default_host().autologgers
            self.by_name[name] = Switch(autologgers.get(name), autologgers.resolve(name)())
        return self.by_name[name]

    def _watch_imports(self) -> None:
        self.imports.watch([library for switch in self.by_name.values() for library in switch.spec.libraries])

    def _imported(self, module: ModuleType) -> None:
        with self.lock:
            for switch in list(self.by_name.values()):
                if module.__name__.partition(".")[0] in switch.spec.libraries:
                    switch.look_at(module)

    def _after_fork(self) -> None:
        self.lock = threading.RLock()  # the thread that may have held it is not in the child


switches = Switches()


def _is_met(distribution: str, wanted: str) -> bool:
    from runyard.models.requirement_lines import Requirement, satisfies

    requirement = Requirement.parse(distribution + wanted)
    assert requirement is not None, f"{distribution}{wanted} cannot be read"
    try:
        version = importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return True  # had under another name, or not at all: then nothing of it is imported either
    if satisfies(version, requirement.specifiers):
        return True
    logger.debug("runyard: %s %s is not among the versions %s that are tested", distribution, version, wanted)
    return False
