"""Models of LightGBM for Runyard."""
