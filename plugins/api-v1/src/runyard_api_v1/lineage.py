"""`/lineage`: what a model version, a run or a logged model came from and what came of it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

import attrs

from runyard.entities import DatasetInput, LoggedModel, ModelVersion, Run
from runyard.errors import Forbidden, InvalidInput, NotFound
from runyard.protocols.logged_models import KeepsLoggedModels
from runyard.protocols.registry import ModelQuery
from runyard.query import Target, parse_filter
from runyard.server.service import Stores
from runyard_api_v1.endpoints import JSON, Call, Endpoint
from runyard_api_v1.fields import About

MAX_NODES = 200
MAX_VERSIONS = 100  # of one run
CONTEXT_TAG = "mlflow.data.context"

_VERSION = re.compile(r"models:/([^/@]+)(?:/(\d{1,18})|@([^/@]+))")
_MODEL = re.compile(r"models:/(m-[0-9a-f]{32})")
_RUN = re.compile(r"runs:/([A-Za-z0-9][\w-]{0,255})")


@attrs.frozen
class LineageParameters:
    of: Annotated[str, About("models:/NAME/VERSION, models:/NAME@ALIAS, models:/m-ID or runs:/ID.", max_length=600)]


@attrs.frozen
class LineageNode:
    """A data set, a run, a logged model or a model version."""

    id: Annotated[str, About("dataset:NAME:DIGEST, run:ID, model:ID or version:NAME:NUMBER.")]
    kind: Literal["dataset", "run", "model", "version"]
    label: str
    found: Annotated[bool, About("Whether it exists and may be seen; else only its id is known.")]
    details: Annotated[Mapping[str, str], About("Such as status, stage, digest, experiment_id.")]


@attrs.frozen
class LineageEdge:
    """What the source gave to the target."""

    source: str
    target: str
    role: Annotated[str, About("used, produced, or registered.")]
    context: Annotated[str | None, About("What a data set was used for.")]


@attrs.frozen
class LineageAnswer:
    root: Annotated[str, About("The node that was asked for.")]
    nodes: Sequence[LineageNode]
    edges: Sequence[LineageEdge]
    truncated: Annotated[bool, About(f"Whether there are more nodes than {MAX_NODES}.")]


def lineage(call: Call) -> LineageAnswer:
    text = call.parameters.of
    graph = _Graph(call.stores)
    if match := _MODEL.fullmatch(text):
        root = graph.want_model(match.group(1))
    elif match := _RUN.fullmatch(text):
        root = graph.want_run(match.group(1))
    elif match := _VERSION.fullmatch(text):
        name, number, alias = match.groups()
        registry = call.stores.registry
        version = (
            registry.get_model_version(name, int(number))
            if number
            else registry.get_model_version_by_alias(name, alias)
        )
        root = graph.add_version(version)
    else:
        raise InvalidInput(
            f"of reads models:/NAME/VERSION, models:/NAME@ALIAS, models:/m-ID or runs:/ID, got {text!r:.80}"
        )
    graph.follow()
    if not graph.nodes[root].found:
        raise NotFound(f"there is no {text}")
    return LineageAnswer(root, list(graph.nodes.values()), list(graph.edges), graph.truncated)


class _Graph:
    """Nodes and edges, found breadth first."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._waiting: deque[tuple[str, str]] = deque()
        self.nodes: dict[str, LineageNode] = {}
        self.edges: dict[LineageEdge, None] = {}
        self.truncated = False

    def follow(self) -> None:
        """Look at everything that is waiting, and at what that leads to."""
        while self._waiting:
            kind, identifier = self._waiting.popleft()
            if kind == "run":
                self._look_at_run(identifier)
            else:
                self._look_at_model(identifier)

    def want_run(self, run_id: str) -> str:
        return self._want("run", run_id)

    def want_model(self, model_id: str) -> str:
        return self._want("model", model_id)

    def add_version(self, version: ModelVersion) -> str:
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
                self._connect(self.want_model(version.model_id), node, "registered")
            elif version.run_id:
                self._connect(self.want_run(version.run_id), node, "registered")
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
            run = self._stores.tracking.get_run(run_id)
        except (NotFound, Forbidden):
            return
        node, info = f"run:{run_id}", run.info
        details = {"status": info.status.value, "experiment_id": info.experiment_id, "user_id": info.user_id}
        self._add(LineageNode(node, "run", info.run_name, found=True, details=details))
        for one in run.inputs.dataset_inputs:
            self._connect(self._dataset(one), node, "used", one.tags.get(CONTEXT_TAG))
        self._models_of(run, node)
        for version in self._versions(f"run_id = '{run_id}'"):
            target = self.add_version(version)
            if not version.model_id:
                self._connect(node, target, "registered")

    def _models_of(self, run: Run, node: str) -> None:
        for used in run.inputs.model_inputs:
            self._connect(self.want_model(used.model_id), node, "used")
        for produced in run.outputs.model_outputs:
            self._connect(node, self.want_model(produced.model_id), "produced")

    def _look_at_model(self, model_id: str) -> None:
        model = self._model(model_id)
        if model is None:
            return
        node = f"model:{model_id}"
        details = {"status": model.status.value, "experiment_id": model.experiment_id}
        self._add(LineageNode(node, "model", model.name, found=True, details=details))
        if model.source_run_id:
            self._connect(self.want_run(model.source_run_id), node, "produced")

    def _model(self, model_id: str) -> LoggedModel | None:
        tracking = self._stores.tracking
        if not isinstance(tracking, KeepsLoggedModels):
            return None
        try:
            return tracking.get_logged_model(model_id)
        except (NotFound, Forbidden):
            return None

    def _versions(self, text: str) -> Iterator[ModelVersion]:
        query = ModelQuery(filter=parse_filter(text, Target.VERSIONS), max_results=MAX_VERSIONS)
        yield from self._stores.registry.search_model_versions(query)

    def _dataset(self, one: DatasetInput) -> str:
        dataset = one.dataset
        node = f"dataset:{dataset.name}:{dataset.digest}"
        details = {"digest": dataset.digest, "source_type": dataset.source_type}
        self._add(LineageNode(node, "dataset", dataset.name, found=True, details=details))
        return node


ENDPOINTS = (
    Endpoint(
        operation="getLineage",
        method="GET",
        path="/lineage",
        summary="Where a model version, a logged model or a run came from, and what came of it.",
        tag="models",
        handle=lineage,
        parameters=LineageParameters,
        answers={JSON: LineageAnswer},
        errors=(404,),
    ),
)
