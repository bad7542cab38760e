"""Where the served model comes from, and whether that is another model by now."""

from __future__ import annotations

import logging

import attrs

from runyard.host import Host
from runyard.models.loading import fetch_model
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
