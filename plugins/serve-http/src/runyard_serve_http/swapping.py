"""Looks whether an alias or a stage has come to mean another version, and puts that in place of the served one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from runyard_serve_http.scoring import ScoredModel
from runyard_serve_http.sources import Place, Source

logger = logging.getLogger("runyard.serve")

PATIENCE = 12  # looks between two tries to load a version that could not be loaded


async def watch(source: Source, put: Callable[[ScoredModel], None], interval: float) -> None:
    """Look every so many seconds; the served model stays where another cannot be found or loaded."""
    refused: Place | None = None
    looks = 0
    while True:
        await asyncio.sleep(interval)
        place = await asyncio.to_thread(_found, source)
        looks += 1
        if place is None or place == source.place or (place == refused and looks % PATIENCE):
            continue
        model = await asyncio.to_thread(_loaded, source, place)
        if model is None:
            refused, looks = place, 0
        else:
            refused = None
            put(model)
            logger.info("%s is version %s now", source.uri, place.version)


def _found(source: Source) -> Place | None:
    try:
        return source.find()
    except Exception as error:  # noqa: BLE001 - the registry may be away or changed by anybody; what is served stays
        logger.warning("cannot see what %s means now, version %s stays: %s", source.uri, source.place.version, error)
        return None


def _loaded(source: Source, place: Place) -> ScoredModel | None:
    try:
        return source.load(place)
    except Exception:
        logger.exception(
            "version %s of %s cannot be loaded, version %s stays", place.version, source.uri, source.place.version
        )
        return None
