"""Takes docs/images/workspace.png: the demo's runs in the web UI. Run `make demo` before, and have Chromium."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "workspace.png"
CHROMIUM = "/usr/bin/chromium"
URL = "http://127.0.0.1:5099"
EXPERIMENT = "demo/digits"
SEEN = "sort=-metrics.accuracy"
COLOURS = 255  # of a file that is a third as large and looks the same


def main() -> None:
    server = subprocess.Popen([sys.executable, "-m", "runyard", "ui", "--no-open", "--port", "5099"], cwd=ROOT)
    try:
        _wait()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1280, "height": 720}, color_scheme="light")
            page.goto(f"{URL}/experiments/{_experiment()}?{SEEN}")
            page.wait_for_selector("canvas")
            page.wait_for_timeout(2_000)
            _write(page.screenshot())
            browser.close()
    finally:
        server.terminate()
        server.wait()


def _wait() -> None:
    for _ in range(300):
        try:
            with urlopen(f"{URL}/health"):  # noqa: S310 - an address of this machine
                return
        except URLError:
            time.sleep(0.1)
    raise TimeoutError("the server does not answer")


def _experiment() -> str:
    with urlopen(f"{URL}/api/v1/experiments") as answer:  # noqa: S310 - an address of this machine
        found = {one["name"]: str(one["experiment_id"]) for one in json.load(answer)["experiments"]}
    if EXPERIMENT not in found:
        raise SystemExit(f"there is no experiment {EXPERIMENT}; run make demo before")
    return found[EXPERIMENT]


def _write(picture: bytes) -> None:
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        PICTURE, optimize=True
    )


if __name__ == "__main__":
    main()
