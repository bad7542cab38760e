"""How a module is saved: exported where it can be, pickled else, its weights beside it."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import runyard
from runyard import Host
from runyard.errors import CorruptData, Forbidden, InvalidInput, NotFound
from runyard.models.descriptor import Model
from runyard_flavor_pytorch import api

pytestmark = pytest.mark.torch


def files_of(folder: Path) -> set[str]:
    return {path.name for path in (folder / "data").iterdir()}


def test_a_logged_model_is_loaded_by_its_registered_name(torch: Any, layers: Any, tmp_path: Path) -> None:
    runyard.set_default_host(Host(settings_of(tmp_path)))
    model = layers
    pytorch: Any = runyard.pytorch
    info = pytorch.log_model(model, name="model", registered_model_name="mymodel")
    assert info.registered_model_version == 1

    loaded = pytorch.load_model("models:/mymodel/1")

    assert type(loaded) is type(model)
    tensor = torch.rand(3, 3)
    assert torch.equal(loaded(tensor), model(tensor))


def test_an_example_of_one_row_makes_a_program_for_any_number_of_rows(
    torch: Any, layers: Any, host: Host, tmp_path: Path
) -> None:
    api.save_model(layers, tmp_path / "model", input_example=torch.rand(1, 3), host=host)
    assert files_of(tmp_path / "model") == {"model.pt2", "state_dict.safetensors"}
    loaded = api.load_model(tmp_path / "model", host=host)
    for count in (1, 2, 7):
        tensor = torch.rand(count, 3)
        assert torch.allclose(loaded(tensor), layers(tensor))


def test_sizes_that_the_signature_leaves_open_may_vary(torch: Any, host: Host, tmp_path: Path) -> None:
    from runyard.models import ModelSignature
    from runyard.types.schema import Schema, TensorSpec

    model = torch.nn.Conv1d(2, 3, 3, padding=1)
    signature = ModelSignature(Schema([TensorSpec(np.dtype("float32"), (-1, 2, -1))]))
    api.save_model(model, tmp_path / "model", input_example=torch.rand(2, 2, 8), signature=signature, host=host)
    loaded = api.load_model(tmp_path / "model", host=host)
    assert loaded(torch.rand(4, 2, 11)).shape == (4, 3, 11)


def test_saving_leaves_the_modes_of_a_model_in_training_alone(
    torch: Any, layers: Any, rows: Any, host: Host, tmp_path: Path
) -> None:
    layers.train()
    layers[3].eval()
    before = {name: value.clone() for name, value in layers.state_dict().items()}
    api.save_model(layers, tmp_path / "model", input_example=rows, host=host)
    assert [module.training for module in layers] == [True, True, True, False, True]
    assert all(torch.equal(value, before[name]) for name, value in layers.state_dict().items())
    loaded = api.load_model(tmp_path / "model", host=host)
    assert torch.allclose(loaded(torch.from_numpy(rows)), layers.eval()(torch.from_numpy(rows)))


def test_what_cannot_be_exported_is_pickled_with_a_warning(
    torch: Any, own: ModuleType, rows: Any, host: Host, tmp_path: Path
) -> None:
    class Branching(own.Net):  # type: ignore[name-defined,misc]
        def forward(self, first: Any, second: Any = None) -> Any:
            return super().forward(first) if first.sum() > 0 else first

    with pytest.warns(UserWarning, match=r"saved as a pickle, not as an exported program: torch.export fails"):
        api.save_model(Branching(), tmp_path / "model", input_example=rows, host=host)
    assert files_of(tmp_path / "model") == {"model.pth", "pickle_module_info.txt", "state_dict.safetensors"}
    with pytest.raises(InvalidInput, match="cannot be saved as pt2"):
        api.save_model(Branching(), tmp_path / "pt2", input_example=rows, serialization_format="pt2", host=host)


def test_a_program_for_one_number_of_rows_is_made_only_if_it_is_asked_for(
    torch: Any, host: Host, tmp_path: Path
) -> None:
    class Fixed(torch.nn.Linear):  # type: ignore[misc]
        def forward(self, data: Any) -> Any:
            return super().forward(data.reshape(4, 3))

    model, example = Fixed(3, 2), torch.rand(4, 3)
    with pytest.warns(UserWarning, match="works for 4 rows only"):
        api.save_model(model, tmp_path / "model", input_example=example, host=host)
    api.save_model(model, tmp_path / "pt2", input_example=example, serialization_format="pt2", host=host)
    from runyard.models.pyfunc import load_model as load_pyfunc

    assert not load_pyfunc(tmp_path / "pt2", host=host).predictor.is_batchable


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"serialization_format": "onnx"}, "one of pickle, pt2"),
        ({"serialization_format": "pt2"}, "give an input_example"),
        ({"serialization_format": "pt2", "pickle_module": pickle}, "give one of the two"),
        ({"serialization_format": "pickle", "export_model": True}, "old word"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    layers: Any, host: Host, tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        api.save_model(layers, tmp_path / "model", host=host, **options)


def test_a_class_is_no_module(torch: Any, host: Host, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="got the class Linear"):
        api.save_model(torch.nn.Linear, tmp_path / "model", host=host)


def test_what_cannot_be_pickled_is_told(torch: Any, layers: Any, host: Host, tmp_path: Path) -> None:
    layers.generator = (number for number in range(3))
    with pytest.raises(InvalidInput, match="cannot be pickled"):
        api.save_model(layers, tmp_path / "model", host=host)


def test_a_model_of_ones_own_class_needs_trust_in_another_process(
    torch: Any, own: ModuleType, host: Host, tmp_path: Path
) -> None:
    model = own.Net().eval()
    api.save_model(model, tmp_path / "model", host=host)
    # As it is in another process, which has not saved it.
    (tmp_path / "model" / "checksums.sha256").unlink()
    with pytest.raises(Forbidden, match=r"the pickle model.pth, which calls own_nets.Net"):
        api.load_model(tmp_path / "model", host=host)
    for loaded in (
        api.load_model(tmp_path / "model", host=host, trust=True),
        api.load_model(tmp_path / "model", host=host, weights_only=False),
    ):
        assert isinstance(loaded, own.Net)
        assert torch.equal(loaded.layer.weight, model.layer.weight)
    with pytest.raises(InvalidInput, match="more than weights_only=True allows"):
        api.load_model(tmp_path / "model", trust=True, weights_only=True, host=host)
    fresh = own.Net()
    fresh.load_state_dict(api.load_state_dict(tmp_path / "model", host=host))
    assert torch.equal(fresh.layer.weight, model.layer.weight)


def test_a_class_of_the_script_itself_is_kept_with_the_model(
    torch: Any, host: Host, tmp_path: Path, own: ModuleType
) -> None:
    script = (tmp_path / "own" / "own_nets.py").read_text(encoding="utf-8")
    script += (
        "from runyard_flavor_pytorch import api\nfrom runyard import Host, Settings\n"
        f"api.save_model(Net(), {str(tmp_path / 'model')!r}, host=Host(Settings(root={str(tmp_path)!r})))\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=tmp_path)
    with pytest.raises(Forbidden, match="cloudpickle"):
        api.load_model(tmp_path / "model", host=host)
    assert type(api.load_model(tmp_path / "model", trust=True, host=host)).__name__ == "Net"


def test_tied_and_shared_weights_are_kept_once_and_come_back_by_all_their_names(
    torch: Any, host: Host, tmp_path: Path
) -> None:
    model = torch.nn.ModuleDict({"there": torch.nn.Linear(3, 3), "back": torch.nn.Linear(3, 3)})
    model["back"].weight = model["there"].weight
    model.register_buffer("part", model["there"].weight.detach()[1:])
    api.save_model(model, tmp_path / "model", host=host)
    weights = api.load_state_dict(tmp_path / "model", host=host)
    assert {name: value.tolist() for name, value in weights.items()} == {
        name: value.tolist() for name, value in model.state_dict().items()
    }


def test_weights_are_left_out_on_request(layers: Any, host: Host, tmp_path: Path) -> None:
    api.save_model(layers, tmp_path / "model", keep_state_dict=False, host=host)
    assert files_of(tmp_path / "model") == {"model.pth", "pickle_module_info.txt"}
    assert set(api.load_state_dict(tmp_path / "model", host=host)) == set(layers.state_dict())


def test_a_checkpoint_is_saved_and_loaded_as_a_state_dict(torch: Any, layers: Any, host: Host, tmp_path: Path) -> None:
    optimizer = torch.optim.Adam(layers.parameters())
    api.save_state_dict({"model": layers.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}, tmp_path / "c")
    assert api.load_state_dict(tmp_path / "c", host=host)["epoch"] == 3
    with pytest.raises(InvalidInput, match="got Sequential"):
        api.save_state_dict(layers, tmp_path / "other")
    with pytest.raises(NotFound, match=r"neither state_dict.pth nor a model"):
        api.load_state_dict(tmp_path, host=host)


def test_a_folder_without_a_model_is_told(layers: Any, host: Host, tmp_path: Path) -> None:
    api.save_model(layers, tmp_path / "model", host=host)
    (tmp_path / "model" / "checksums.sha256").unlink()
    (tmp_path / "model" / "data" / "model.pth").unlink()
    with pytest.raises(CorruptData, match=r"neither model.pth nor model.pt2; there is: pickle_module_info.txt"):
        api.load_model(tmp_path / "model", host=host)


def test_mlmodel_says_what_mlflow_says(layers: Any, torch: Any, rows: Any, host: Host, tmp_path: Path) -> None:
    api.save_model(layers, tmp_path / "model", input_example=rows, host=host)
    flavors = Model.load(tmp_path / "model").flavors
    assert flavors["pytorch"] == {"model_data": "data", "pytorch_version": str(torch.__version__), "code": None}
    assert flavors["python_function"]["data"] == "data"
    assert flavors["python_function"]["config"] == {"device": None}
    lines = (tmp_path / "model" / "requirements.txt").read_text(encoding="utf-8").split()
    assert [line.partition("==")[0] for line in lines] == ["numpy", "torch"]
    assert "+" not in lines[1]


def settings_of(folder: Path) -> Any:
    return runyard.Settings(root=folder, data_dir=str(folder / "runyard-data"), strict_plugins=True)
