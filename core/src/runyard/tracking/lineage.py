"""What a model version, a logged model or a run came from and what came of it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import attrs

from runyard.entities import DatasetInput, LoggedModel, ModelVersion, Run
from runyard.errors import Forbidden, InvalidInput, NotFound
from runyard.protocols.logged_models import KeepsLoggedModels
from runyard.protocols.registry import ModelQuery, RegistryStore
from runyard.protocols.tracking import TrackingStore
from runyard.query import Target, parse_filter

MAX_NODES = 200
MAX_VERSIONS = 100  # of one run
CONTEXT_TAG = "mlflow.data.context"

_VERSION = re.compile(r"models:/([^/@]+)(?:/(\d{1,18})|@([^/@]+))")
_MODEL = re.compile(r"models:/(m-[0-9a-f]{32})")
_RUN = re.compile(r"runs:/([A-Za-z0-9][\w-]{0,255})")

NodeKind = Literal["dataset", "run", "model", "version"]


@attrs.frozen
class LineageNode:
    """A data set, a run, a logged model or a model version; where it is not `found`, only its id is known."""

    id: str  # dataset:NAME:DIGEST, run:ID, model:ID or version:NAME:NUMBER
    kind: NodeKind
    label: str
    found: bool
    details: Mapping[str, str]


@attrs.frozen
class LineageEdge:
    """What the source gave to the target: it was used, produced or registered; of a data set also what for."""

    source: str
    target: str
    role: str
    context: str | None = None


@attrs.frozen
class Lineage:
    """A graph around the node that was asked for, `root`; cut off where there are more than `MAX_NODES`."""

    root: str
    nodes: Sequence[LineageNode]
    edges: Sequence[LineageEdge]
    truncated: bool


def lineage(of: str, tracking: TrackingStore, registry: RegistryStore) -> Lineage:
    """The graph of `models:/NAME/VERSION`, `models:/NAME@ALIAS`, `models:/m-ID` or `runs:/ID`.

    Raises:
        InvalidInput: it is none of these.
        NotFound: it does not exist.
    """
    graph = _Graph(tracking, registry)
    root = graph.begin(of)
    graph.follow()
    if not graph.nodes[root].found:
        raise NotFound(f"there is no {of}")
    return Lineage(root, list(graph.nodes.values()), list(graph.edges), graph.truncated)


class _Graph:
    """Nodes and edges, found breadth first."""

    def __init__(self, tracking: TrackingStore, registry: RegistryStore) -> None:
        self._tracking = tracking
        self._registry = registry
        self._waiting: deque[tuple[str, str]] = deque()
        self.nodes: dict[str, LineageNode] = {}
        self.edges: dict[LineageEdge, None] = {}
        self.truncated = False

    def begin(self, of: str) -> str:
        """Add the node that is asked for; its id."""
        if match := _MODEL.fullmatch(of):
            return self._want("model", match.group(1))
        if match := _RUN.fullmatch(of):
            return self._want("run", match.group(1))
        if match := _VERSION.fullmatch(of):
            name, number, alias = match.groups()
            if number:
                return self._add_version(self._registry.get_model_version(name, int(number)))
            return self._add_version(self._registry.get_model_version_by_alias(name, alias))
        raise InvalidInput(
            f"of reads models:/NAME/VERSION, models:/NAME@ALIAS, models:/m-ID or runs:/ID, got {of!r:.80}"
        )

    def follow(self) -> None:
        """Look at everything that is waiting, and at what that leads to."""
        while self._waiting:
            kind, identifier = self._waiting.popleft()
            if kind == "run":
                self._look_at_run(identifier)
            else:
                self._look_at_model(identifier)

    def _add_version(self, version: ModelVersion) -> str:
        node = f"version:{version.name}:{version.version}"
        is_new = node not in self.nodes
        details = {
            "stage": version.current_stage.value,
            "aliases": ", ".join(version.aliases),
            "status": version.status,
        }
        label = f"{version.name} v{version.version}"
        if self._add(LineageNode(node, "version", label, found=True, details=details)) and is_new:
            if version.model_id:
                self._connect(self._want("model", version.model_id), node, "registered")
            elif version.run_id:
                self._connect(self._want("run", version.run_id), node, "registered")
        return node

    def _want(self, kind: Literal["run", "model"], identifier: str) -> str:
        node = f"{kind}:{identifier}"
        if node not in self.nodes and self._add(LineageNode(node, kind, identifier, found=False, details={})):
            self._waiting.append((kind, identifier))
        return node

    def _add(self, node: LineageNode) -> bool:
        """Add or replace a node; False where there are too many."""
        if node.id not in self.nodes and len(self.nodes) >= MAX_NODES:
            self.truncated = True
            return False
        self.nodes[node.id] = node
        return True

    def _connect(self, source: str, target: str, role: str, context: str | None = None) -> None:
        if source in self.nodes and target in self.nodes:
            self.edges[LineageEdge(source, target, role, context)] = None

    def _look_at_run(self, run_id: str) -> None:
        try:
            run = self._tracking.get_run(run_id)
        except (NotFound, Forbidden):
            return
        node, info = f"run:{run_id}", run.info
        details = {"status": info.status.value, "experiment_id": info.experiment_id, "user_id": info.user_id}
        self._add(LineageNode(node, "run", info.run_name, found=True, details=details))
        for one in run.inputs.dataset_inputs:
            self._connect(self._add_dataset(one), node, "used", one.tags.get(CONTEXT_TAG))
        self._models_of(run, node)
        for version in self._versions(f"run_id = '{run_id}'"):
            target = self._add_version(version)
            if not version.model_id:
                self._connect(node, target, "registered")

    def _models_of(self, run: Run, node: str) -> None:
        for used in run.inputs.model_inputs:
            self._connect(self._want("model", used.model_id), node, "used")
        for produced in run.outputs.model_outputs:
            self._connect(node, self._want("model", produced.model_id), "produced")

    def _look_at_model(self, model_id: str) -> None:
        model = self._model(model_id)
        if model is None:
            return
        node = f"model:{model_id}"
        details = {"status": model.status.value, "experiment_id": model.experiment_id}
        self._add(LineageNode(node, "model", model.name, found=True, details=details))
        if model.source_run_id:
            self._connect(self._want("run", model.source_run_id), node, "produced")

    def _model(self, model_id: str) -> LoggedModel | None:
        if not isinstance(self._tracking, KeepsLoggedModels):
            return None
        try:
            return self._tracking.get_logged_model(model_id)
        except (NotFound, Forbidden):
            return None

    def _versions(self, text: str) -> Iterator[ModelVersion]:
        query = ModelQuery(filter=parse_filter(text, Target.VERSIONS), max_results=MAX_VERSIONS)
        yield from self._registry.search_model_versions(query)

    def _add_dataset(self, one: DatasetInput) -> str:
        dataset = one.dataset
        node = f"dataset:{dataset.name}:{dataset.digest}"
        details = {"digest": dataset.digest, "source_type": dataset.source_type}
        self._add(LineageNode(node, "dataset", dataset.name, found=True, details=details))
        return node
