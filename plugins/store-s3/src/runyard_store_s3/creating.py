"""Whether a service keeps to the condition that nothing is there yet."""

from __future__ import annotations

import secrets
import threading
from contextlib import suppress

from runyard.errors import AlreadyExists, NotSupported, RunyardError
from runyard_store_s3.connection import Bucket, Call
from runyard_store_s3.deleting import delete_key

NEW = {"if-none-match": "*"}
_NAME = ".runyard-probe-"


class Condition:
    """The condition, tried once with a file of our own where the service is not Amazon's: some ignore it silently."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._lock = threading.Lock()
        self._is_kept: bool | None = None

    def headers(self) -> dict[str, str]:
        """What is sent along with what must not replace anything.

        Raises:
            NotSupported: the service would replace it all the same.
        """
        with self._lock:
            if self._is_kept is None:
                self._is_kept = self._bucket.service.is_amazon or self._tried()
        if not self._is_kept:
            raise NotSupported(
                f"the service at {self._bucket.service.url} does not offer to write only what is not there yet "
                "(If-None-Match); write without that condition"
            )
        return NEW

    def _tried(self) -> bool:
        key = self._bucket.location.key(_NAME + secrets.token_hex(8))
        call = Call(method="PUT", what="try what the service offers", key=key, headers=NEW)
        try:
            self._bucket.read(call)
            self._bucket.read(call)
        except AlreadyExists:
            return True
        except NotSupported:
            return False
        finally:
            with suppress(RunyardError):
                delete_key(self._bucket, key)
        return False
