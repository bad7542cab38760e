"""What every flavor must do: inherit `FlavorContract` and give the fixtures `spec`, `model`, `data` and `libraries`.

Give `other_model` too, and `params` where `predict` has any; `flavor_parts` says what each is.
"""

from __future__ import annotations

from runyard.testing.contracts.flavor_answers import FlavorAnswersContract
from runyard.testing.contracts.flavor_files import FlavorFilesContract
from runyard.testing.contracts.flavor_functions import FlavorFunctionsContract
from runyard.testing.contracts.flavor_parts import assert_equal

__all__ = ["FlavorContract", "assert_equal"]


class FlavorContract(FlavorFunctionsContract, FlavorFilesContract, FlavorAnswersContract):
    """The tests."""
