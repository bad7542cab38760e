"""Models cross between MLflow and Runyard in every format, in both directions."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from runyard.errors import Forbidden
from runyard.host import Host
from runyard.models.loading import load_model
from runyard.models.pyfunc import load_model as load_pyfunc
from runyard.models.saving import save_model
from runyard.settings import Settings

pytestmark = pytest.mark.mlflow

ROWS = np.random.default_rng(0).random((40, 3))
CLASSES = np.arange(40) % 2
VARIANTS = [("skops", "predict"), ("skops", "predict_proba"), ("cloudpickle", "predict"), ("pickle", "predict_proba")]

SLOW = ["skops.io"]  # takes seconds to import, for it imports every part of scikit-learn

WRITE = """
import json, pathlib, sys, warnings
warnings.simplefilter("ignore")
import mlflow.sklearn, numpy as np
from sklearn.linear_model import LogisticRegression
folder, variants, rows = pathlib.Path(sys.argv[1]), *json.load(sys.stdin)
model = LogisticRegression().fit(rows, np.arange(len(rows)) % 2)
for name, predict_fn in variants:
    # MLflow infers requirements by loading each model in a process of its own.
    mlflow.sklearn.save_model(model, folder / f"{name}-{predict_fn}", serialization_format=name,
        pyfunc_predict_fn=predict_fn, input_example=np.array(rows[:3]),
        pip_requirements=mlflow.sklearn.get_default_pip_requirements(name == "cloudpickle", name == "skops"))
print(json.dumps({name: getattr(model, name)(rows).tolist() for name in ("predict", "predict_proba")}))
"""

READ = """
import json, pathlib, sys, warnings
warnings.simplefilter("ignore")
import mlflow, numpy as np
folder, rows = pathlib.Path(sys.argv[1]), np.array(json.load(sys.stdin))
print(json.dumps({path.name: [mlflow.pyfunc.load_model(str(path)).predict(rows).tolist(),
    mlflow.sklearn.load_model(str(path)).predict(rows).tolist()] for path in folder.iterdir()}))
"""


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(Settings(root=tmp_path, data_dir=str(tmp_path / "runyard-data"), strict_plugins=True))


def test_what_mlflow_wrote_is_loaded(host: Host, in_mlflow: Callable[..., Any], tmp_path: Path) -> None:
    expected = in_mlflow(WRITE, tmp_path, [VARIANTS, ROWS.tolist()], SLOW)
    for name, predict_fn in VARIANTS:
        folder = tmp_path / f"{name}-{predict_fn}"
        if name != "skops":
            with pytest.raises(Forbidden, match="pickle"):
                load_model("sklearn", folder, host=host)
        trusted = name != "skops" or None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # MLflow's environment may have another scikit-learn
            loaded = load_pyfunc(folder, trust=trusted, host=host)
        np.testing.assert_allclose(loaded.predict(ROWS), expected[predict_fn])
        np.testing.assert_allclose(loaded.get_raw_model().predict(ROWS), expected["predict"])


def test_mlflow_loads_what_is_written_here(host: Host, in_mlflow: Callable[..., Any], tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    models = {
        "forest": RandomForestClassifier(3, random_state=0).fit(ROWS, CLASSES),
        "search": GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=2).fit(ROWS, CLASSES),
        "cloudpickle": LogisticRegression().fit(ROWS, CLASSES),
        "pickle": LogisticRegression().fit(ROWS, CLASSES),
    }
    for name, model in models.items():
        options = {"serialization_format": name if "pickle" in name else None, "pyfunc_predict_fn": "predict_proba"}
        save_model("sklearn", model, folder / name, options, input_example=ROWS[:3], host=host)
    answers = in_mlflow(READ, folder, ROWS.tolist(), SLOW)
    for name, model in models.items():
        np.testing.assert_allclose(answers[name][0], model.predict_proba(ROWS))
        np.testing.assert_allclose(answers[name][1], model.predict(ROWS))
