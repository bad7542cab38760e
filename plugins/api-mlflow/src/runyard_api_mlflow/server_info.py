"""What this server can do, as far as MLflow's clients ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runyard.protocols.artifacts import PresignsReads, PresignsUploads, UploadsParts
from runyard_api_mlflow.call import Call
from runyard_api_mlflow.routes import Route


def server_info(call: Call) -> Mapping[str, Any]:
    serves = call.service.artifact_root is not None
    artifacts = call.stores.proxied if serves else None
    # To MLflow's clients both mean that files go past this server, by URLs that need no credentials of theirs. Parts of
    # other stores go through it as well, but clients need not be led to it: one stream does the same.
    takes_parts = isinstance(artifacts, UploadsParts)
    return {
        "store_type": "SqlStore",
        "workspaces_enabled": False,
        "trace_archival_enabled": False,
        "artifact_serving_enabled": serves,
        "multipart_uploads_enabled": takes_parts and isinstance(artifacts, PresignsUploads),
        "multipart_downloads_enabled": isinstance(artifacts, PresignsReads),
        "presigned_upload_run_id_supported": True,
        "presigned_upload_model_id_supported": True,
        "model_artifact_presigned_downloads_supported": True,
        "features_enabled": {"gateway": False, "scheduled_issue_detection": False},
    }


ROUTES: Sequence[Route] = (Route("GET", "/3.0/mlflow/server-info", server_info),)
