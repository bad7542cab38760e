"""Models for tests in a browser: their files, what runs kept of their code, and a registry with a past."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from runyard.entities import ModelStage
from runyard.models.descriptor import Model
from runyard.models.signature import infer_signature
from runyard.protocols.registry import RegistryStore

NAME, OTHER = "digits classifier", "embedder"
PATCH = """diff --git a/train.py b/train.py
index 1111111..2222222 100644
--- a/train.py
+++ b/train.py
@@ -1,3 +1,3 @@ def train():
     load()
-    fit(lr=0.1)
+    fit(lr={lr})
     save()
"""


def write_model(folder: Path) -> None:
    """A model's files: what it takes and gives, and its parameters."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = pd.DataFrame({"mean of the pixels, from 0 to 1": [0.5], "widths of the strokes": [1.5], "ink": [0.25]})
    signature = infer_signature(taken, pd.DataFrame({"digit": ["7"]}), {"temperature": 0.5})
    model = Model(flavors={"python_function": {"loader_module": "digits.model"}}, signature=signature)
    (folder / "MLmodel").write_text(model.to_yaml(), "utf-8")
    (folder / "requirements.txt").write_text("numpy==2.1.0\nscikit-learn==1.6.0\n", "utf-8")


def write_captured(folder: Path, number: int) -> None:
    """Packages and uncommitted changes, as a client keeps them; the second run had none of these."""
    folder.mkdir(parents=True, exist_ok=True)
    packages = f"# Python 3.11.9 on Linux\nnumpy==2.{number}.0\nscikit-learn==1.6.0\n"
    (folder / "requirements.txt").write_text(packages, "utf-8")
    if number != 1:
        (folder / "diff.patch").write_text(PATCH.replace("{lr}", f"0.0{number + 1}"), "utf-8")


def register(registry: RegistryStore, run_ids: Sequence[str]) -> None:
    """Two models; of the first each run's version was the champion once, and the first one is archived."""
    registry.create_registered_model(
        NAME,
        description="Tells **digits** apart.\n\n- trained by `mlp-sweep`",
        tags={"team": "vision"},
        user_id="ada",
    )
    for version, run_id in enumerate(run_ids, 1):
        registry.create_model_version(NAME, f"runs:/{run_id}/model", run_id=run_id, user_id="ada")
        registry.transition_model_version_stage(NAME, version, ModelStage.STAGING, user_id="ada")
        registry.set_registered_model_alias(NAME, "challenger", version, user_id="ada")
    for version in (1, 2):
        registry.set_registered_model_alias(NAME, "champion", version, user_id="grace")
        registry.transition_model_version_stage(NAME, version, ModelStage.PRODUCTION, user_id="grace")
    registry.transition_model_version_stage(NAME, 1, ModelStage.ARCHIVED, user_id="grace")
    registry.update_model_version(NAME, 2, description="The **first** one that is good enough.", user_id="ada")
    registry.set_model_version_tag(NAME, 2, "gate", "passed", user_id="ci")
    for version, user, decision in (
        (2, "ada", "requested"),
        (2, "grace", "approved: reads sevens that v1 did not"),
        (3, "ada", "requested: half the loss of v2"),
    ):
        registry.set_model_version_tag(NAME, version, "runyard.approval", decision, user_id=user)
    registry.create_registered_model(OTHER)
