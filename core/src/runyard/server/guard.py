"""Stores as a principal sees them: every call asks the policy first."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from runyard.entities import Changes, LifecycleStage, Page
from runyard.errors import Forbidden
from runyard.protocols.access import Action, Operation, Policy, Principal, Resource
from runyard.server import rules

AREAS: Mapping[str, Mapping[str, rules.Rule]] = {
    "tracking": rules.TRACKING,
    "registry": rules.REGISTRY,
    "artifacts": rules.ARTIFACTS,
}

CREATE_EXPERIMENT = "tracking.create_experiment"


@attrs.frozen
class Access:
    """A principal and the policy that decides what it may do."""

    principal: Principal
    policy: Policy

    def check(self, operation: Operation) -> None:
        """Raise `Forbidden` where the policy does not allow an operation."""
        if not self.policy.allows(self.principal, operation):
            things = ", ".join(
                f"{resource.kind.value} {resource.id or resource.name}".strip() for resource in operation.resources
            )
            # Who may delete may restore, but who is refused must read what they wanted.
            deed = "restore" if ".restore_" in operation.name else operation.action
            raise Forbidden(f"{self.principal.name or 'anonymous'} may not {deed} {things}".rstrip())

    def may_read(self, name: str, *resources: Resource) -> bool:
        return self.policy.allows(self.principal, Operation(name, Action.READ, resources))


def guarded(store: Any, area: str, access: Access, *, place: str = "") -> Any:
    """A store whose methods ask the policy first; it has the capabilities of the store and nothing else.

    `area` is `tracking`, `registry` or `artifacts`; `place` goes before the paths of artifacts.
    """
    return _guard_class(type(store), area)(store, access, place)  # type: ignore[arg-type]


class _Guard:
    """What a guarded store is made from; its methods come from the rules."""

    def __init__(self, store: Any, access: Access, place: str) -> None:
        self._store = store
        self._access = access
        self._place = place


@functools.cache
def _guard_class(store: type, area: str) -> type[_Guard]:
    methods = {
        name: _guarded_method(f"{area}.{name}", name, rule)
        for name, rule in AREAS[area].items()
        if hasattr(store, name)
    }
    return type(f"Guarded{store.__name__}", (_Guard,), methods)


def _guarded_method(operation: str, name: str, rule: rules.Rule) -> Callable[..., Any]:
    def call(self: _Guard, *arguments: Any, **named: Any) -> Any:
        resources = tuple(rule.resources(arguments, named)) if arguments or named else _whole(rule)
        if self._place:
            resources = tuple(
                Resource(resource.kind, f"{self._place}/{resource.id}".rstrip("/")) for resource in resources
            )
        if rule.by_name:
            resources = tuple(_with_id(self._store, resource) for resource in resources)
            for resource in resources:
                if resource.name:
                    self._access.check(Operation(CREATE_EXPERIMENT, Action.CREATE, (resource,)))
        self._access.check(Operation(operation, rule.action, resources))
        answer = getattr(self._store, name)(*arguments, **named)
        return answer if rule.found is None else _visible(answer, operation, self._access, rule.found)

    call.__name__ = name
    return call


def _with_id(store: Any, resource: Resource) -> Resource:
    """A resource that is given by the name of an active experiment, by its id; others as they are."""
    if not resource.name:
        return resource
    found = store.get_experiment_by_name(resource.name)
    is_there = found is not None and found.lifecycle_stage is LifecycleStage.ACTIVE
    return rules.resource(resource.kind, found.experiment_id) if is_there else resource


def _whole(rule: rules.Rule) -> tuple[Resource, ...]:
    """What a call without arguments is about, such as listing the root of an artifact store."""
    return tuple(rule.resources(("",), {}))


def _visible(answer: Any, operation: str, access: Access, found: Callable[[Any], tuple[Resource, ...]]) -> Any:
    """What was found, without what the principal may not read; where to go on from stays what it is."""

    def is_visible(item: Any) -> bool:
        return access.may_read(operation, *found(item))

    if isinstance(answer, Page | Changes):
        return attrs.evolve(answer, items=[item for item in answer.items if is_visible(item)])
    if isinstance(answer, list | tuple):
        return [item for item in answer if is_visible(item)]
    return answer if answer is None or is_visible(answer) else None
