"""Uploads in parts by MLflow's protocol, and by ours where they are gone on with."""

from __future__ import annotations

import posixpath
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO, TypeAlias, TypeVar
from urllib.parse import quote, urljoin

from runyard.errors import InvalidInput, NotFound, NotSupported, RunyardError
from runyard.protocols.artifacts import StartedUpload, UploadedPart
from runyard_store_http.address import origin_of
from runyard_store_http.connection import Server
from runyard_store_http.peer import peer_at
from runyard_store_http.reading import Json
from runyard_store_http.storages import OutOfReach, Refused, storages_at
from runyard_store_http.uploads import Upload

MULTIPART = "/api/2.0/mlflow-artifacts/mpu"
MOST_PARTS = 10_000
MORE_PARTS = 100  # that are asked for at least, where nobody has said how many there will be

ReadT = TypeVar("ReadT")
_Places: TypeAlias = dict[int, tuple[str, dict[str, str]]]  # for each part the URL and the headers to put it with


class PartsUploads:
    """The uploads of files on one server, and where it said that their parts go."""

    def __init__(self, server: Server, *, direct: bool) -> None:
        self._server = server
        self._storages = storages_at(server)
        self._direct = direct
        self._lock = threading.Lock()
        self._places: dict[tuple[str, str], _Places] = {}  # by the file's path and the upload's id

    def create(self, place: str, parts: int | None) -> str:
        """Begin an upload of a file, given by its path on the server; the upload's id.

        Raises:
            NotSupported: the server takes no parts, or is told too little.
        """
        is_runyard = peer_at(self._server).is_runyard
        if parts is None and not is_runyard:
            raise NotSupported(f"{self._server} has to be told how many parts there will be")
        asked: dict[str, Any] = {"num_parts": parts or MORE_PARTS}
        if is_runyard:
            asked |= self._wishes()
        try:
            upload_id, places = self._post("create", place, asked, _begun)
        except InvalidInput as error:
            if is_runyard:
                raise
            raise NotSupported(f"{self._server} takes no parts: {error}") from error
        if parts is not None and len(places) != parts:
            raise RunyardError(f"{self._server} offers {len(places)} parts where {parts} were asked for")
        with self._lock:
            self._places[place, upload_id] = places
        return upload_id

    def write(self, place: str, upload_id: str, number: int, source: BinaryIO) -> str:
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MOST_PARTS:
            raise InvalidInput(f"parts are numbered from 1 to {MOST_PARTS:,}, got {number!r}")
        with Upload(self._server, source) as upload:
            for left in (2, 1, 0):
                url, headers = self._place_of(place, upload_id, number)
                try:
                    return upload.put(url=url, headers=headers).strip('"')
                except (OutOfReach, Refused) as error:
                    if not left or not peer_at(self._server).is_runyard:
                        raise
                    if isinstance(error, Refused) and left == 1:  # a URL that was made just now
                        self._storages.leave()
                    self._forget(place, upload_id)  # it may have run out
        raise AssertionError("unreachable")

    def parts(self, place: str, upload_id: str) -> Sequence[UploadedPart]:
        return self._state(place, upload_id, 0)[0]

    def uploads(self, folder: str) -> Sequence[StartedUpload]:
        self._require_ours()
        return self._server.post(f"{MULTIPART}/uploads", {"path": folder}, reader=_uploads)

    def complete(self, place: str, upload_id: str, parts: Sequence[tuple[int, str]]) -> None:
        with self._lock:
            places = self._places.get((place, upload_id), {})
        asked = [
            {"part_number": number, "etag": f'"{etag}"', "url": places.get(number, ("", {}))[0]}
            for number, etag in parts
        ]
        self._post("complete", place, {"upload_id": upload_id, "parts": asked}, bool)
        self._forget(place, upload_id)

    def abort(self, place: str, upload_id: str) -> None:
        self._post("abort", place, {"upload_id": upload_id}, bool)
        self._forget(place, upload_id)

    def _place_of(self, place: str, upload_id: str, number: int) -> tuple[str, dict[str, str]]:
        with self._lock:
            found = self._places.get((place, upload_id), {}).get(number)
        if found is None or (self._goes_past(found[0]) and not self._storages.are_reached):
            if not peer_at(self._server).is_runyard:
                raise NotFound(f"there is no part {number} of upload {upload_id!r} of {place!r}; begin a new one")
            _, places = self._state(place, upload_id, min(MOST_PARTS, max(2 * number, MORE_PARTS)))
            with self._lock:
                self._places[place, upload_id] = places
            found = places[number]
        return found

    def _state(self, place: str, upload_id: str, count: int) -> tuple[Sequence[UploadedPart], _Places]:
        self._require_ours()
        return self._post("parts", place, {"upload_id": upload_id, "num_parts": count, **self._wishes()}, _state)

    def _wishes(self) -> dict[str, bool]:
        """How a Runyard server is to say where parts go."""
        return {"relative_urls": True, "through_server": not (self._direct and self._storages.are_reached)}

    def _goes_past(self, url: str) -> bool:
        address = self._server.address
        return origin_of(urljoin(f"{address.url}/", url)) != address.origin

    def _require_ours(self) -> None:
        if not peer_at(self._server).is_runyard:
            raise NotSupported(f"{self._server} is not a Runyard server, so it cannot be asked for uploads")

    def _post(self, action: str, place: str, body: Mapping[str, Any], reader: Callable[[Any], ReadT]) -> ReadT:
        if not body.get("upload_id", "new"):
            raise NotFound(f"there is no upload '' of {place!r}; begin a new one")
        folder, name = posixpath.split(place)
        return self._server.post(f"{MULTIPART}/{action}/{quote(folder)}", {"path": name, **body}, reader=reader)

    def _forget(self, place: str, upload_id: str) -> None:
        with self._lock:
            self._places.pop((place, upload_id), None)


def _begun(answer: Json) -> tuple[str, _Places]:
    return str(answer["upload_id"]), _places(answer)


def _state(answer: Json) -> tuple[Sequence[UploadedPart], _Places]:
    parts = [
        UploadedPart(int(part["part_number"]), str(part["etag"]), int(part["size"])) for part in answer.get("parts", ())
    ]
    return parts, _places(answer)


def _uploads(answer: Json) -> Sequence[StartedUpload]:
    return [
        StartedUpload(str(one["path"]), str(one["upload_id"]), int(one["started"])) for one in answer.get("uploads", ())
    ]


def _places(answer: Json) -> _Places:
    return {
        int(item["part_number"]): (str(item["url"]), _headers(item.get("headers")))
        for item in answer.get("credentials", ())
    }


def _headers(found: Any) -> dict[str, str]:
    if isinstance(found, list):
        return {item["name"]: item["value"] for item in found}
    return dict(found or {})
