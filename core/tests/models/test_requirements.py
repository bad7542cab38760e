"""The pinned requirements of a model, inferred from what it uses."""

from __future__ import annotations

import importlib.metadata
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from runyard.errors import InvalidInput, NotFound
from runyard.models.requirements import infer_requirements, modules_of_callable, modules_of_pickle, pinned


def pins(*names: str) -> list[str]:
    return [f"{name}=={importlib.metadata.version(name)}" for name in names]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


def test_a_model_needs_what_its_pickle_names_and_nothing_that_happens_to_be_imported() -> None:
    data = pickle.dumps(make_pipeline(LinearRegression()).fit([[1.0], [2.0]], [1.0, 2.0]))

    assert "pytest" in sys.modules
    assert infer_requirements(["scikit-learn"], modules_of_pickle(data)) == pins("numpy", "scikit-learn")


def test_the_standard_library_and_runyard_are_left_out() -> None:
    modules = {
        "json",
        "os.path",
        "_codecs",
        "builtins",
        "__main__",
        "runyard.models",
        "runyard_server.door",
        "setuptools",
    }
    assert infer_requirements([], modules) == []


def test_what_others_need_is_left_out_unless_pickles_depend_on_its_version() -> None:
    modules = {"sklearn.tree", "joblib.numpy_pickle", "threadpoolctl", "numpy", "scipy.sparse"}
    assert infer_requirements([], modules) == pins("numpy", "scikit-learn", "scipy")


def test_the_flavors_own_distributions_are_always_named_with_their_extras() -> None:
    assert infer_requirements(["joblib", "scikit-learn[tests]"], ["sklearn"]) == [
        *pins("joblib"),
        f"scikit-learn[tests]=={importlib.metadata.version('scikit-learn')}",
    ]


def test_a_local_label_is_dropped(site: Path, install: Callable[..., None]) -> None:
    install(site, "fasttensor", "2.1.0+cpu", {"fasttensor/__init__.py": ""})
    assert infer_requirements([], ["fasttensor.nn"]) == ["fasttensor==2.1.0"]


def test_a_pandas_that_does_not_know_numpy_2_has_numpy_beside_it(
    site: Path, install: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site, "pandas", "2.1.1", {"pandas/__init__.py": ""})
    assert infer_requirements(["pandas"], []) == [*pins("numpy"), "pandas==2.1.1"]


def test_local_modules_are_left_out_but_what_they_import_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "our_steps").mkdir()
    (tmp_path / "our_steps" / "__init__.py").write_text("from our_steps.scale import Scale")
    (tmp_path / "our_steps" / "scale.py").write_text(
        "import json\nclass Scale:\n    def run(self):\n        import yaml"
    )
    monkeypatch.syspath_prepend(tmp_path)

    assert infer_requirements([], ["our_steps.scale"]) == [f"pyyaml=={yaml.__version__}"]


def test_a_module_that_nothing_installed_provides_is_warned_of() -> None:
    with pytest.warns(
        UserWarning, match=r"the model uses gone_for_good, which no installed package provides; name what"
    ):
        assert infer_requirements(["numpy"], ["gone_for_good.part", "numpy.linalg"]) == pins("numpy")


def test_a_module_of_the_packages_folder_that_no_package_claims_is_warned_of(site: Path) -> None:
    (site / "copied_there.py").write_text("")
    with pytest.warns(UserWarning, match="copied_there"):
        assert infer_requirements([], ["copied_there"]) == []


def test_a_package_that_is_not_installed_cannot_be_pinned() -> None:
    assert pinned("PyYAML") == f"pyyaml=={yaml.__version__}"
    with pytest.raises(NotFound, match="the package 'gone' is not installed; install it, or give pip_requirements"):
        pinned("gone")
    with pytest.raises(InvalidInput, match=r"'./here' is no name of a package"):
        infer_requirements(["./here"], [])


def test_a_function_of_a_script_needs_what_its_code_names() -> None:
    script = (
        "import warnings, pandas, yaml; warnings.simplefilter('error')\n"
        "from runyard.models.requirements import infer_requirements, modules_of_callable\n"
        "def predict(data): return pandas.DataFrame(data)\n"
        "print(*infer_requirements([], modules_of_callable(predict)))\n"
    )
    assert subprocess.check_output([sys.executable, "-c", script], text=True).split() == pins("pandas")


def test_it_is_fast_enough_to_do_whenever_a_model_is_saved() -> None:
    data = pickle.dumps(make_pipeline(LinearRegression()).fit([[1.0], [2.0]], [1.0, 2.0]))

    def infer() -> None:
        infer_requirements(["scikit-learn"], modules_of_pickle(data) | modules_of_callable(LinearRegression))

    def seconds(action: Callable[[], object]) -> float:
        start = time.process_time()
        action()
        return time.process_time() - start

    # A new process that imports scikit-learn is what MLflow's way costs at least.
    start = time.monotonic()
    subprocess.run([sys.executable, "-c", "import sklearn"], check=True)
    assert min(seconds(infer) for _ in range(5)) < (time.monotonic() - start) / 20
