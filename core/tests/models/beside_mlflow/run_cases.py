"""Runs the cases of modules with one library and prints what came out; for the Python of either."""

from __future__ import annotations

import importlib
import json
import sys


def main(name: str, *modules: str) -> None:
    libraries = importlib.import_module("libraries")
    lib = libraries.library(name)
    outcomes = {
        module: libraries.outcomes(importlib.import_module(module).cases(lib), lib.errors) for module in modules
    }
    sys.stdout.write("\n" + json.dumps(outcomes))


if __name__ == "__main__":
    main(*sys.argv[1:])
