"""The one table of schemes: what each is for, which package it needs and what opens it."""

from __future__ import annotations

from typing import NamedTuple


class Scheme(NamedTuple):
    """A scheme; `package` is what pip installs, `module` what must be importable, both empty where fsspec is enough."""

    name: str
    place: str  # what artifacts of the scheme lie in
    target: str  # makes the store: `(Uri, Settings) -> ArtifactStore`
    package: str = ""
    module: str = ""


_AZURE = ("runyard_store_fsspec.azure:open_store", "adlfs", "adlfs")
_GOOGLE = ("runyard_store_fsspec.google:open_store", "gcsfs", "gcsfs")
_HDFS = ("runyard_store_fsspec.hdfs:open_store", "hdfs-native", "hdfs_native")
_HTTP = ("runyard_store_fsspec.http:open_store", "aiohttp", "aiohttp")
_SSH = ("runyard_store_fsspec.ssh:open_store", "sshfs", "sshfs")
_WEBDAV = ("runyard_store_fsspec.others:open_webdav", "webdav4[fsspec]", "webdav4")

SCHEMES = (
    Scheme("abfs", "a container of Azure", *_AZURE),
    Scheme("abfss", "a container of Azure", *_AZURE),
    Scheme("az", "a container of Azure", *_AZURE),
    Scheme("dbfs", "Databricks' file system", "runyard_store_fsspec.others:open_dbfs", "requests", "requests"),
    Scheme("ftp", "a folder of an FTP server", "runyard_store_fsspec.ftp:open_store"),
    Scheme("gcs", "a bucket of Google's", *_GOOGLE),
    Scheme("gs", "a bucket of Google's", *_GOOGLE),
    Scheme("hdfs", "a folder of HDFS", *_HDFS),
    Scheme("http", "a web server, to be read only", *_HTTP),
    Scheme("https", "a web server, to be read only", *_HTTP),
    Scheme("sftp", "a folder of an SSH server", *_SSH),
    Scheme("smb", "a Windows share", "runyard_store_fsspec.others:open_smb", "smbprotocol", "smbclient"),
    Scheme("ssh", "a folder of an SSH server", *_SSH),
    Scheme("tar", "a local tar file, to be read only", "runyard_store_fsspec.archives:open_tar"),
    Scheme("viewfs", "a folder of federated HDFS", *_HDFS),
    Scheme("wasb", "a container of Azure", *_AZURE),
    Scheme("wasbs", "a container of Azure", *_AZURE),
    Scheme("webdav", "a WebDAV server", *_WEBDAV),
    Scheme("webdavs", "a WebDAV server", *_WEBDAV),
    Scheme("webhdfs", "a folder of HDFS, by HTTP", "runyard_store_fsspec.webhdfs:open_store", "requests", "requests"),
    Scheme("zip", "a local zip file, to be read only", "runyard_store_fsspec.archives:open_zip"),
)
