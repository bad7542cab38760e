"""Train a model on real wines, log and register it, then ask it from Python, for a file, and over HTTP.

`make demo` runs this after the sweep. Nothing is set up beforehand: runs, models and their registry lie in the folder
`runyard-data`, and the server that is asked here is one that this script starts and stops.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pandas as pd
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import runyard as ry

EXPERIMENT = "demo/wine"
MODEL = "wine"
ALIAS = "champion"
URI = f"models:/{MODEL}@{ALIAS}"
PATIENCE = 60.0  # seconds until the server must have said where it is


def register(train: pd.DataFrame, cultivars: pd.Series[int], valid: pd.DataFrame, truth: pd.Series[int]) -> str:
    """A run that trains, logs and registers the model, which gets the alias; its version."""
    ry.set_experiment(EXPERIMENT)
    with ry.start_run(run_name="logistic"):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.5)).fit(train, cultivars)
        ry.log_param("C", 0.5)
        ry.log_metric("accuracy", float(model.score(valid, truth)))
        info = ry.sklearn.log_model(  # type: ignore[attr-defined]  # flavors are attributes once they are installed
            model,
            name=MODEL,
            signature=ry.models.infer_signature(train, model.predict(train)),
            input_example=train.head(2),
            registered_model_name=MODEL,
        )
    version = str(info.registered_model_version)
    ry.Client().set_registered_model_alias(MODEL, ALIAS, version)
    return version


@contextmanager
def served(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server of the model on a free port, which writes to a file in the folder, until the block ends."""
    arguments = ("models", "serve", "-m", URI, "--port", "0")
    print(f"\n$ runyard {' '.join(arguments)} &", flush=True)
    with (folder / "server.txt").open("wb") as output:
        server = subprocess.Popen([sys.executable, "-m", "runyard", *arguments], stdout=output, stderr=output)
    try:
        yield server
    finally:
        server.terminate()
        server.wait(PATIENCE)


def url_of(server: subprocess.Popen[bytes], folder: Path) -> str:
    """Where the server says that it is."""
    deadline = time.monotonic() + PATIENCE
    while True:
        said = (folder / "server.txt").read_text(encoding="utf-8", errors="replace")
        found = re.search(r"http://[\d.]+:\d+", said)
        if found:
            return found[0]
        if server.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"the server did not start:\n{said}")
        time.sleep(0.05)


def ask_over_http(url: str, row: pd.DataFrame) -> object:
    """The server's answer for one row."""
    body = json.dumps({"dataframe_split": row.to_dict(orient="split", index=False)})
    request = Request(f"{url}/invocations", body.encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=PATIENCE) as reply:
        return json.load(reply)["predictions"]


def main() -> None:
    """Train, register, and ask in all three ways."""
    data = load_wine(as_frame=True)
    train, valid, cultivars, truth = train_test_split(
        data.data, data.target, test_size=0.3, random_state=0, stratify=data.target
    )
    print(f"\nTraining a model to tell {data.target.nunique()} cultivars in {len(data.data)} wines apart ...")
    version = register(train, cultivars, valid, truth)
    print(f"It is version {version} of the registered model {MODEL!r}, which the alias {ALIAS!r} points to.")

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with served(folder) as server:  # it starts while the file is predicted
            wines = folder / "wines.csv"
            valid.to_csv(wines, index=False)
            command("models", "predict", "-m", URI, "-i", str(wines), "-o", str(folder / "scored.csv"))
            scored = pd.read_csv(folder / "scored.csv")
            hits = int((scored["prediction"].to_numpy() == truth.to_numpy()).sum())
            print(f"{hits} of {len(scored)} wines that it has not seen before are told right.")

            first = valid.head(1)
            loaded = ry.pyfunc.load_model(URI)  # type: ignore[attr-defined]
            print(f"\nLoaded from {URI}: {loaded.predict(first).tolist()} for the first wine")
            url = url_of(server, folder)
            print(f"POST {url}/invocations: {ask_over_http(url, first)} for the same one")
    command("models", "versions", MODEL)


def command(*arguments: str) -> None:
    print(f"\n$ runyard {' '.join(arguments)}", flush=True)
    subprocess.run([sys.executable, "-m", "runyard", *arguments], check=True)


if __name__ == "__main__":
    main()
