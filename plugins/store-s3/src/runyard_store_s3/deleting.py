"""Deletes keys, a thousand with one request where the service can."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from runyard.errors import InvalidInput, NotSupported
from runyard_store_s3.connection import Bucket, Call
from runyard_store_s3.digests import content_md5, new_md5
from runyard_store_s3.faults import Refusal
from runyard_store_s3.listing import pages, parsed, text

_SIMPLE = str.maketrans({'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def delete_key(bucket: Bucket, key: str) -> None:
    shown = f"delete {bucket.location.scheme}://{bucket.location.bucket}/{key}"
    bucket.read(Call(method="DELETE", what=shown, key=key, accepted=(404,)))


def delete_all(bucket: Bucket, prefix: str) -> int:
    """Delete every key that begins with a prefix, whatever it looks like; how many there were."""
    count = 0
    for page in pages(bucket, prefix, recursive=True):
        keys = [key for key, _ in page.files if key.startswith(prefix)]
        _delete(bucket, [key for key in keys if _fits(key)], prefix)
        for key in keys:
            if not _fits(key):
                delete_key(bucket, key)
        count += len(keys)
    _clear(bucket, prefix)
    return count


def _clear(bucket: Bucket, prefix: str) -> None:
    """Delete the folders that some services, as SeaweedFS, keep and list with nothing in them."""
    found = list(pages(bucket, prefix, recursive=False))
    folders = [folder for page in found for folder in page.folders if len(folder) > len(prefix)]
    for folder in folders:
        _clear(bucket, folder)
    if folders:
        found = list(pages(bucket, prefix, recursive=False))
    if prefix and any(key == prefix for page in found for key, _ in page.files):
        delete_key(bucket, prefix)


def _delete(bucket: Bucket, keys: Sequence[str], prefix: str) -> None:
    if not keys:
        return
    what = f"delete {bucket.location.scheme}://{bucket.location.bucket}/{prefix}"
    listed = "".join(f"<Object><Key>{escape(key).translate(_SIMPLE)}</Key></Object>" for key in keys)
    body = f'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>{listed}</Delete>'.encode()
    digest = new_md5()
    digest.update(body)
    headers = {"content-type": "application/xml", **content_md5(digest.digest())}
    try:
        answer = bucket.read(Call(method="POST", what=what, query=[("delete", "")], headers=headers, body=body))
    except (NotSupported, InvalidInput):  # as with Google's service
        for key in keys:
            delete_key(bucket, key)
        return
    for failed in parsed(answer, what).findall("Error"):
        refusal = Refusal(200, text(failed, "Code"), f"{text(failed, 'Key')}: {text(failed, 'Message')}")
        raise refusal.error(what, str(bucket.identity))


def _fits(key: str) -> bool:
    """Whether XML can hold a key."""
    return all(char >= " " or char in "\t\n\r" for char in key) and "\ufffe" not in key and "\uffff" not in key
