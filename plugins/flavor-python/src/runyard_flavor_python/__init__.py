"""Models in plain Python: functions, classes, files of code, and modules that load what they know."""
