"""The part of the client that stores and fetches the artifacts of runs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from runyard.entities import FileInfo
from runyard.errors import Unavailable
from runyard.protocols.artifacts import ArtifactStore, LocalFiles
from runyard.tracking import media, tables
from runyard.tracking.logs import RunLogs
from runyard.tracking.search import everything
from runyard.transfers import folders

if TYPE_CHECKING:
    import pandas as pd


class RunArtifacts(RunLogs):
    """Artifacts of runs: files, folders, texts, figures, images and tables. Paths are relative to the run's root."""

    def artifact_store(self, run_id: str) -> ArtifactStore:
        """What holds a run's artifacts."""
        return self.host.artifact_store(self.artifact_uri(run_id), beside=self._tracking)

    def log_artifact(self, run_id: str, local_path: str | os.PathLike[str], artifact_path: str | None = None) -> None:
        """Store a file, or a folder, under its own name."""
        folders.upload(self._writable(run_id), local_path, artifact_path)

    def log_artifacts(self, run_id: str, local_dir: str | os.PathLike[str], artifact_path: str | None = None) -> None:
        """Store what a folder holds."""
        folders.upload_folder(self._writable(run_id), local_dir, artifact_path)

    def log_stream(self, run_id: str, stream: BinaryIO, artifact_file: str) -> None:
        """Store what a binary stream holds."""
        media.log_stream(self._writable(run_id), stream, artifact_file)

    def log_text(self, run_id: str, text: str, artifact_file: str) -> None:
        media.log_text(self._writable(run_id), text, artifact_file)

    def log_dict(self, run_id: str, dictionary: Any, artifact_file: str) -> None:
        """Store a dictionary or list as YAML where the name ends in .yml or .yaml, else as JSON."""
        media.log_dict(self._writable(run_id), dictionary, artifact_file)

    def log_figure(
        self, run_id: str, figure: Any, artifact_file: str, *, save_kwargs: Mapping[str, Any] | None = None
    ) -> None:
        """Store a matplotlib or plotly figure in the format that the name's ending says."""
        media.log_figure(self._writable(run_id), figure, artifact_file, save_kwargs=save_kwargs)

    def log_image(
        self,
        run_id: str,
        image: Any,
        artifact_file: str | None = None,
        key: str | None = None,
        step: int | None = None,
        timestamp: int | None = None,
        synchronous: bool | None = None,  # noqa: ARG002 - MLflow's; an image is stored when the call returns
    ) -> None:
        """Store an image under a name, or as one of a series under a key and a step."""
        media.log_image(
            self._writable(run_id),
            image,
            artifact_file,
            key=key,
            step=step,
            timestamp=timestamp,
            set_tag=lambda tag, value: self.set_tag(run_id, tag, value),
        )

    def log_table(self, run_id: str, data: Any, artifact_file: str) -> None:
        """Store a table, after the rows that are there already."""
        store = self._writable(run_id)
        try:
            tags = self.get_run(run_id).data.tags
        except Unavailable:  # then the tag that only MLflow's pages look at is not kept
            tables.log_table(store, data, artifact_file)
        else:
            tables.log_table(
                store, data, artifact_file, tags=tags, set_tag=lambda tag, value: self.set_tag(run_id, tag, value)
            )

    def load_table(
        self,
        experiment_id: str,
        artifact_file: str,
        run_ids: Sequence[str] | None = None,
        extra_columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """The tables of that name of an experiment's runs, one below the other."""
        runs = (
            [self.get_run(run_id) for run_id in run_ids]
            if run_ids
            else everything(
                lambda size, token: self.search_runs([experiment_id], max_results=size, page_token=token), None
            )
        )
        return tables.load_tables(runs, self.host.artifact_store, artifact_file, extra_columns)

    def list_artifacts(self, run_id: str, path: str | None = None) -> list[FileInfo]:
        """What lies directly in a folder of a run's artifacts; for a file or where nothing is, nothing."""
        return self._readable(run_id).list(path or "")

    def download_artifacts(self, run_id: str, path: str, dst_path: str | None = None) -> str:
        """Fetch a file or a folder and say where it is now; what is local is not copied without a destination.

        Raises:
            NotFound: nothing is there.
        """
        return str(folders.download(self._readable(run_id), path, dst_path))

    def _readable(self, run_id: str) -> ArtifactStore:
        """What holds a run's artifacts, those included that waited for their place."""
        if self.recorder.upload_artifacts():
            self._places.pop(run_id, None)  # of a run that was started while the store was away, that was the journal
        return self.artifact_store(run_id)

    def _writable(self, run_id: str) -> ArtifactStore:
        """What holds a run's artifacts; a place that cannot be reached gets what is written when it can."""
        self.check_writable(run_id)
        if self._places.get(run_id):
            store = self.artifact_store(run_id)
            if isinstance(store, LocalFiles):
                return store
        return self.recorder.staged_artifacts(run_id, lambda: self.artifact_store(run_id))
