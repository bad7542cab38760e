"""The helper for wrong doubles is `runyard.testing.doubles` (assert_caught, assert_each_has_a_double), importable anywhere."""
