"""Provides a preview of files with confusion matrices, and a tab of the runs that have one."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import PanelSpec

FILES = ("*confusion_matrix*.json", "*confusion_matrix*.csv")
MODULE = "runyard_panel_confusion_matrix:panel.js"
OTHERS = ("matrix.js", "table.js", "style.js")


@hookimpl
def runyard_ui_panels() -> list[PanelSpec]:
    return [
        PanelSpec(
            name="confusion-matrix",
            target=MODULE,
            title="Matrix",
            summary="Explores a confusion matrix: rates, mistakes, what changed against another run.",
            slot="artifact.preview",
            files=FILES,
            others=OTHERS,
        ),
        PanelSpec(
            name="confusion-matrix-tab",
            target=MODULE,
            title="Confusion matrix",
            summary="Shows the confusion matrix that a run has logged.",
            slot="run.tab",
            files=FILES,
            others=OTHERS,
        ),
    ]
