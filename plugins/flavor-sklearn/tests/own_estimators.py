"""An estimator of a user's own, which a module holds."""

from __future__ import annotations

from sklearn.linear_model import LinearRegression


class Careful(LinearRegression):  # type: ignore[misc,unused-ignore]
    """A linear regression with a name that skops does not know."""
