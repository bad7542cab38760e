"""What every model registry has to do."""

from __future__ import annotations

from runyard.testing.contracts.changes import RegistryChangesContract
from runyard.testing.contracts.registry_history import RegistryHistoryContract
from runyard.testing.contracts.registry_models import RegistryModelsContract
from runyard.testing.contracts.registry_search import RegistrySearchContract


class RegistryStoreContract(RegistryModelsContract, RegistryHistoryContract, RegistrySearchContract):
    """Inherit it and give the fixture `store`: a fresh, empty registry."""


class FullRegistryStoreContract(RegistryStoreContract, RegistryChangesContract):
    """The same with every capability."""
