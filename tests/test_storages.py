"""The storage servers that .ci/storages starts are what tests take them for: real ones, which look at who asks."""

from __future__ import annotations

import base64
import datetime as dt
import ftplib
import hashlib
import hmac
import io
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

TIMEOUT = 30.0
ON_TIME = dt.timedelta()


def greeting(host: str, port: int, say: bytes = b"") -> bytes:
    """What a server says first, or answers to what is said."""
    with socket.create_connection((host, port), timeout=TIMEOUT) as connection:
        connection.sendall(say)
        return connection.recv(4096)


def keyed(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def s3_headers(url: str, method: str, key: str, secret: str, late: dt.timedelta) -> dict[str, str]:
    """Those of a request without a body, signed by Amazon's version 4, by a clock that may be late."""
    when = dt.datetime.now(dt.UTC) - late
    day, second, nothing = f"{when:%Y%m%d}", f"{when:%Y%m%dT%H%M%SZ}", hashlib.sha256().hexdigest()
    signed = {"host": urlsplit(url).netloc, "x-amz-content-sha256": nothing, "x-amz-date": second}
    lines = [f"{name}:{value}" for name, value in signed.items()]
    request = "\n".join([method, urlsplit(url).path, "", *lines, "", ";".join(signed), nothing])
    scope = f"{day}/us-east-1/s3/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    signing = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        signing = keyed(signing, part)
    signature = keyed(signing, f"AWS4-HMAC-SHA256\n{second}\n{scope}\n{digest}").hex()
    credential = f"Credential={key}/{scope}, SignedHeaders={';'.join(signed)}, Signature={signature}"
    return {**signed, "Authorization": f"AWS4-HMAC-SHA256 {credential}"}


def s3_answer(
    server: dict[str, str], method: str, who: str = "", secret: str = "", late: dt.timedelta = ON_TIME
) -> tuple[int, str]:
    """The status and the text with which S3 answers the admin, or the reader, who asks for an object."""
    url = f"{server['endpoint']}/{server['bucket']}/{server['prefix']}/object"
    secret = secret or server[f"{who}secret_key"]
    headers = s3_headers(url, method, server[f"{who}access_key"], secret, late)
    answer = requests.request(method, url, headers=headers, timeout=TIMEOUT)
    assert answer.headers["Server"].startswith("SeaweedFS")
    return answer.status_code, answer.text


@pytest.mark.s3
def test_s3_looks_at_rights(s3_server: dict[str, str]) -> None:
    assert s3_answer(s3_server, "PUT") == (200, "")
    assert s3_answer(s3_server, "GET", "reader_") == (200, "")
    for method in ("PUT", "DELETE"):
        status, text = s3_answer(s3_server, method, "reader_")
        assert status == 403
        assert "AccessDenied" in text


@pytest.mark.s3
def test_s3_looks_at_signatures_and_clocks(s3_server: dict[str, str]) -> None:
    status, text = s3_answer(s3_server, "GET", secret="not the secret")
    assert status == 403
    assert "SignatureDoesNotMatch" in text
    status, text = s3_answer(s3_server, "GET", late=dt.timedelta(hours=1))
    assert status == 403
    assert "RequestTimeTooSkewed" in text


@pytest.mark.hdfs
def test_hdfs_stores_files_and_looks_at_rights(hdfs_root: dict[str, str]) -> None:
    url = f"{hdfs_root['web']}/webhdfs/v1{hdfs_root['path']}/file"
    me, stranger = {"user.name": hdfs_root["user"]}, {"user.name": "stranger"}
    asked = requests.put(url, params={"op": "CREATE", **me}, allow_redirects=False, timeout=TIMEOUT)
    assert requests.put(asked.headers["Location"], data=b"stored", timeout=TIMEOUT).status_code == 201
    assert requests.get(url, params={"op": "OPEN", **stranger}, timeout=TIMEOUT).content == b"stored"
    refused = requests.delete(url, params={"op": "DELETE", **stranger}, timeout=TIMEOUT)
    assert refused.status_code == 403
    assert refused.json()["RemoteException"]["exception"] == "AccessControlException"


@pytest.mark.hdfs
def test_hdfs_speaks_its_own_protocol(hdfs_root: dict[str, str]) -> None:
    url = urlsplit(hdfs_root["uri"])
    assert url.hostname
    assert url.port
    assert b"Hadoop IPC port" in greeting(url.hostname, url.port, b"GET / HTTP/1.1\r\n\r\n")


@pytest.mark.azure
def test_azure_stores_blobs_and_looks_at_keys(azure_container: dict[str, str]) -> None:
    account, key = azure_container["account"], azure_container["key"]
    path = f"{azure_container['container']}/{azure_container['prefix']}/blob"
    written = {
        "x-ms-blob-type": "BlockBlob",
        "x-ms-date": f"{dt.datetime.now(dt.UTC):%a, %d %b %Y %H:%M:%S GMT}",
        "x-ms-version": "2021-08-06",
    }
    lines = [f"{name}:{value}" for name, value in written.items()]
    # Empty are the headers of a request without a body; the account is named as such and in the path.
    text = "\n".join(["PUT", *[""] * 11, *lines, f"/{account}/{account}/{path}"])
    signature = base64.b64encode(keyed(base64.b64decode(key), text)).decode()
    url = f"{azure_container['endpoint']}/{path}"
    allowed = {**written, "Authorization": f"SharedKey {account}:{signature}"}
    answer = requests.put(url, headers=allowed, timeout=TIMEOUT)
    assert answer.status_code == 201
    assert answer.headers["Server"].startswith("Azurite-Blob")
    forged = {**written, "Authorization": f"SharedKey {account}:{signature[::-1]}"}
    assert requests.put(url, headers=forged, timeout=TIMEOUT).status_code == 403


@pytest.mark.gcs
def test_gcs_stores_objects(gcs_bucket: dict[str, str]) -> None:
    name = f"{gcs_bucket['prefix']}/object"
    upload = f"{gcs_bucket['endpoint']}/upload/storage/v1/b/{gcs_bucket['bucket']}/o"
    about = {"uploadType": "media", "name": name}
    assert requests.post(upload, params=about, data=b"stored", timeout=TIMEOUT).json()["name"] == name
    listed = f"{gcs_bucket['endpoint']}/storage/v1/b/{gcs_bucket['bucket']}/o"
    found = requests.get(listed, params={"prefix": gcs_bucket["prefix"]}, timeout=TIMEOUT).json()["items"]
    assert [item["size"] for item in found] == ["6"]


@pytest.mark.sftp
def test_sftp_is_an_ssh_server(sftp_root: dict[str, str]) -> None:
    host, port = sftp_root["host"], int(sftp_root["port"])
    assert greeting(host, port).startswith(b"SSH-2.0-OpenSSH")
    assert Path(sftp_root["key"]).stat().st_mode & 0o777 == 0o600
    assert Path(sftp_root["known_hosts"]).read_text(encoding="utf-8").startswith(f"[{host}]:{port} ssh-ed25519 ")


@pytest.mark.ftp
def test_ftp_stores_files_and_looks_at_passwords(ftp_root: dict[str, str]) -> None:
    with ftplib.FTP(timeout=TIMEOUT) as client:
        client.connect(ftp_root["host"], int(ftp_root["port"]))
        with pytest.raises(ftplib.error_perm, match="530"):
            client.login(ftp_root["user"], "not the password")
        client.login(ftp_root["user"], ftp_root["password"])
        client.mkd(ftp_root["path"])
        client.storbinary(f"STOR {ftp_root['path']}/file", io.BytesIO(b"stored"))
        assert client.size(f"{ftp_root['path']}/file") == 6
