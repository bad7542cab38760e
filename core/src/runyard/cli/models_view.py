"""How registered models, versions and their history are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runyard.cli import output, text
from runyard.entities import ModelStage, ModelVersion, RegisteredModel, RegistryChange, RegistryEvent

STAGE_COLOURS = {ModelStage.PRODUCTION: "green", ModelStage.STAGING: "yellow"}


def show_models(models: Sequence[RegisteredModel]) -> None:
    output.show_table(
        ["name", "latest", "aliases", "changed", "description"],
        [
            [
                model.name,
                max((version.version for version in model.latest_versions), default=None),
                ", ".join(f"{alias}→{version}" for alias, version in model.aliases.items()),
                text.ago(model.last_updated_timestamp),
                model.description,
            ]
            for model in models
        ],
        empty="no registered model matches; runyard models register URI NAME makes one",
    )


def show_versions(versions: Sequence[ModelVersion]) -> None:
    output.show_table(
        ["name", "version", "stage", "aliases", "created", "source"],
        [
            [
                version.name,
                version.version,
                _stage(version.current_stage),
                ", ".join(version.aliases),
                text.ago(version.creation_timestamp),
                version.source,
            ]
            for version in versions
        ],
        empty="no version matches; runyard models register URI NAME makes one",
    )


def show_model(model: RegisteredModel) -> None:
    output.show_pairs(
        [
            ("name", model.name),
            ("description", model.description),
            ("created", text.moment(model.creation_timestamp)),
            ("changed", text.moment(model.last_updated_timestamp)),
        ]
    )
    _section("Aliases", {alias: f"version {version}" for alias, version in model.aliases.items()})
    _section("Tags", model.tags)
    if model.latest_versions:
        output.heading("Latest versions")
        show_versions(model.latest_versions)


def show_version(version: ModelVersion) -> None:
    output.show_pairs(
        [
            ("name", version.name),
            ("version", version.version),
            ("stage", _stage(version.current_stage)),
            ("aliases", ", ".join(version.aliases)),
            ("source", version.source),
            ("run", version.run_id),
            ("logged model", version.model_id),
            ("by", version.user_id),
            ("description", version.description),
            ("created", text.moment(version.creation_timestamp)),
            ("changed", text.moment(version.last_updated_timestamp)),
        ]
    )
    _section("Tags", version.tags)


def show_history(events: Sequence[RegistryEvent]) -> None:
    output.show_table(
        ["when", "who", "version", "what"],
        [[text.moment(event.timestamp), event.user_id, event.version, _told(event)] for event in events],
        empty="nothing happened",
    )


def _section(title: str, pairs: Mapping[str, str]) -> None:
    if pairs:
        output.heading(title)
        output.show_pairs(list(pairs.items()))


def _stage(stage: ModelStage) -> object:
    return output.Styled(stage.value, STAGE_COLOURS.get(stage))


def _told(event: RegistryEvent) -> str:
    match event.change:
        case RegistryChange.CREATED:
            return f"created from {event.new}" if event.version else "created"
        case RegistryChange.DELETED:
            return "deleted"
        case RegistryChange.RENAMED:
            return f"renamed from {event.old} to {event.new}"
        case RegistryChange.STAGE:
            return f"stage {event.old} → {event.new}"
        case RegistryChange.DESCRIPTION:
            return f"described as: {event.new}" if event.new else "description taken away"
        case RegistryChange.ALIAS | RegistryChange.TAG:
            return _subject_told(event)


def _subject_told(event: RegistryEvent) -> str:
    """What happened to an alias or to a tag."""
    if event.new is None:
        return f"{event.change} {event.subject} taken away"
    if event.change is RegistryChange.TAG:
        return f"tag {event.subject}: {event.new}"
    return f"alias {event.subject} moved here from version {event.old}" if event.old else f"alias {event.subject} set"
