"""MLflow's names for Runyard's errors, for scripts that catch them."""

from runyard.errors import ExecutionFailed as ExecutionException
from runyard.errors import RunyardError as MlflowException
from runyard.errors import RunyardError as RestException

__all__ = ["ExecutionException", "MlflowException", "RestException"]
