"""Provides tracking and the model registry on SQL databases, and `runyard db`."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import Command, RegistryScheme, TrackingScheme

SCHEMES = {
    "sqlite": "SQLite, in one file",
    "file": "SQLite in a data folder",
    "postgresql": "PostgreSQL",
    "mysql": "MySQL or MariaDB",
    "mariadb": "MariaDB",
}


@hookimpl
def runyard_tracking_schemes() -> list[TrackingScheme]:
    return [
        TrackingScheme(name=scheme, target="runyard_store_sql.tracking:open_store", summary=f"Runs in {summary}.")
        for scheme, summary in SCHEMES.items()
    ]


@hookimpl
def runyard_registry_schemes() -> list[RegistryScheme]:
    return [
        RegistryScheme(name=scheme, target="runyard_store_sql.registry:open_store", summary=f"Models in {summary}.")
        for scheme, summary in SCHEMES.items()
    ]


@hookimpl
def runyard_commands() -> list[Command]:
    return [
        Command(name="db", target="runyard_store_sql.commands:db", summary="Look after the tracking database."),
    ]
