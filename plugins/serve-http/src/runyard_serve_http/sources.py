"""Where the served model comes from, and whether that is another model by now."""

from __future__ import annotations

import logging
import sys

import attrs

from runyard.host import Host
from runyard.models.environments import mismatches, python_version, read_requirements
from runyard.models.isolation import ISOLATED
from runyard.models.loading import FetchedModel, fetch_model
from runyard.models.pyfunc import load_pyfunc
from runyard.models.trust import is_trusted
from runyard.protocols.model_uris import ModelUri
from runyard.uris import Uri
from runyard_serve_http.scoring import ScoredModel

logger = logging.getLogger("runyard.serve")


@attrs.frozen
class Place:
    """A model's files, and the version that they are of, where they were found through a registry."""

    uri: Uri
    version: str


@attrs.define
class Source:
    """A model's URI as the user gave it; an alias or a stage in it may come to mean another version."""

    host: Host
    uri: str
    trust: bool | None = None
    place: Place = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.place = self.find()

    @property
    def can_move(self) -> bool:
        """Whether the URI may mean another version later."""
        asked = self._registered()
        return asked is not None and asked.can_move

    def find(self) -> Place:
        """What the URI means now.

        Raises:
            NotFound: nothing is there.
        """
        asked = self._registered()
        if asked is None:
            return Place(self._asked(), "")
        version = asked.find(self.host.registry_store())
        fixed = f"models:/{version.name}/{version.version}" + (f"/{asked.path}" if asked.path else "")
        return Place(Uri.parse(fixed), str(version.version))

    def load(self, place: Place | None = None) -> ScoredModel:
        """The model, loaded and asked once for its example."""
        place = place or self.place
        fetched = fetch_model(place.uri.text, host=self.host)
        if ISOLATED in self.host.settings.environ:
            warn_of_other_packages(fetched, place)
        # Trust may be in the alias by which the user knows the model.
        trust = self.trust or is_trusted(self._asked(), self.host.settings) or None
        model = load_pyfunc(fetched, trust=trust, host=self.host)
        scored = ScoredModel.of(model, self.uri, place.version)
        scored.warm_up()
        self.place = place
        return scored

    def _registered(self) -> ModelUri | None:
        uri = self._asked()
        return ModelUri.of_registered(uri) if uri.scheme == "models" else None

    def _asked(self) -> Uri:
        return Uri.parse(self.uri)


def warn_of_other_packages(fetched: FetchedModel, place: Place) -> None:
    """Say where a model asks for other packages than the environment has, which was made for an earlier version."""
    found = mismatches(read_requirements(fetched.folder))
    python, here = python_version(fetched.folder), sys.version_info
    if python and python.split(".")[:2] != [str(here.major), str(here.minor)]:
        found.insert(0, f"Python {python} is needed, {here.major}.{here.minor} runs")
    if found:
        logger.warning(
            "version %s asks for other packages than the environment of this server has: %s; it is served with what is "
            "here; start the server again to serve it in an environment of its own",
            place.version,
            "; ".join(found),
        )
