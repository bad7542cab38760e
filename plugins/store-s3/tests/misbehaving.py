"""What an S3 service is asked and answers, as no service should."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from runyard.testing.scripted import Asked, Reply


def key_of(asked: Asked) -> str:
    """The key below the bucket `bucket`."""
    return urlsplit(asked.target).path.removeprefix("/bucket/")


def query_of(asked: Asked) -> dict[str, str]:
    found = parse_qs(urlsplit(asked.target).query, keep_blank_values=True)
    return {name: values[0] for name, values in found.items()}


def fault(status: int, code: str, message: str = "No.", extra: str = "", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = f"<Error><Code>{code}</Code><Message>{message}</Message>{extra}</Error>"
    return Reply(status, body.encode(), named)


def listing(*keys: str, folders: tuple[str, ...] = (), more: str = "") -> Reply:
    """A page of keys as they stand there, each of one byte."""
    files = "".join(f"<Contents><Key>{key}</Key><Size>1</Size></Contents>" for key in keys)
    deeper = "".join(f"<CommonPrefixes><Prefix>{key}</Prefix></CommonPrefixes>" for key in folders)
    rest = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{more}</NextContinuationToken>" if more else ""
    encoded = "<EncodingType>url</EncodingType>"
    return Reply(body=f"<ListBucketResult>{encoded}{files}{deeper}{rest}</ListBucketResult>".encode())
