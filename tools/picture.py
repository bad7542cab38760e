"""Draws docs/images/compare.svg: the demo's best runs compared, as a terminal shows it. Run `make demo` before."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
from html import escape
from pathlib import Path

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "compare.svg"
LIST = (
    "runyard runs list --experiment demo/digits --order-by 'metrics.accuracy DESC' --limit 5 \\\n"
    "    --columns name,metrics.accuracy,metrics.valid_loss,params.hidden,params.learning_rate"
)
COLUMNS = 96
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"
CHARACTER, LINE, MARGIN = 8.4, 19, 16  # of 14 px monospace
STYLES = {"1": "font-weight:bold", "2": "opacity:0.6", "31": "fill:#f08080", "32": "fill:#98c379", "33": "fill:#e5c07b"}
_ESCAPE = re.compile(r"\x1b\[([0-9;]*)m")


def main() -> None:
    """Run the commands in a terminal and draw what they print."""
    shown = []
    for command in (LIST, f"runyard runs compare {' '.join(_best_runs(3))}"):
        shown += [*f"\x1b[1m$ {command}\x1b[0m".split("\n"), *_in_terminal(command).split("\n"), ""]
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(_svg(shown[:-1]), encoding="utf-8")


def _best_runs(count: int) -> list[str]:
    command = [_runyard(), "runs", "list", "--experiment", "demo/digits", "--limit", str(count), "--json"]
    listed = subprocess.run(
        [*command, "--order-by", "metrics.accuracy DESC"], capture_output=True, check=True, text=True
    ).stdout
    return [run["run_id"][:8] for run in json.loads(listed)]


def _runyard() -> str:
    return str(Path(sys.executable).with_name("runyard"))


def _in_terminal(command: str) -> str:
    printed = io.BytesIO()

    def read(descriptor: int) -> bytes:
        data = os.read(descriptor, 65536)
        printed.write(data)
        return data

    os.environ["COLUMNS"] = str(COLUMNS)
    pty.spawn(["/bin/sh", "-c", command.replace("runyard", _runyard(), 1)], read)
    return printed.getvalue().decode().replace("\r\n", "\n").rstrip("\n")


def _svg(lines: list[str]) -> str:
    width, height = COLUMNS * CHARACTER + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    rows = [
        f'<text x="{MARGIN}" y="{MARGIN + LINE * number + 14}" xml:space="preserve">{_spans(line)}</text>'
        for number, line in enumerate(lines)
        if line
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" font-family="{FONTS}" '
        'font-size="14" fill="#d7dae0">'
    )
    card = f'<rect width="{width:.0f}" height="{height}" rx="8" fill="#21252b"/>'
    return "\n".join([head, card, *rows, "</svg>\n"])


def _spans(line: str) -> str:
    spans: list[str] = []
    style: list[str] = []
    at = 0
    for match in (*_ESCAPE.finditer(line), None):
        text = escape(line[at : match.start() if match else len(line)])
        if text:
            spans.append(f'<tspan style="{";".join(style)}">{text}</tspan>' if style else text)
        if match:
            at = match.end()
            codes = match.group(1).split(";")
            style = [] if codes in (["0"], [""]) else [*style, *(STYLES[code] for code in codes)]
    return "".join(spans)


if __name__ == "__main__":
    main()
