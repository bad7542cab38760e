"""The model registry on SQL keeps the contract, on every kind of database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from runyard.settings import Settings
from runyard.testing.contracts.registry import RegistryStoreContract
from runyard.uris import Uri
from runyard_store_sql.registry import SqlRegistryStore, open_store
from runyard_store_sql.schema import registered_models, registry_events


@pytest.fixture(scope="module")
def opened(_module_database_uri: str) -> Iterator[SqlRegistryStore]:
    store = open_store(Uri.parse(_module_database_uri), Settings())
    yield store
    store.close()


class TestTheRegistry(RegistryStoreContract):
    @pytest.fixture
    def store(self, opened: SqlRegistryStore) -> SqlRegistryStore:
        opened._database.write(_forget_everything)
        return opened


def _forget_everything(connection: sa.Connection) -> None:
    connection.execute(registered_models.delete())  # what belongs to them goes with them
    connection.execute(registry_events.delete())
