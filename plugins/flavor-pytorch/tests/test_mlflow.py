"""Models of PyTorch between MLflow and Runyard, both ways, in every format that either writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from runyard import Host
from runyard.errors import Forbidden
from runyard.models.pyfunc import load_model as load_pyfunc
from runyard_flavor_pytorch import api

ROWS = [[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]]

# Saves a module in each of MLflow's ways, says what it answers, and asks the models that Runyard saved.
BOTH_WAYS = """
import json, pickle, sys
sys.path.insert(0, "../own")
import mlflow, numpy as np, pandas as pd, torch
from own_nets import Net
torch.manual_seed(1)
rows = np.array({rows}, dtype=np.float32)
tensor = torch.from_numpy(rows)
layers = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2)).eval()
net = Net().eval()
save = mlflow.pytorch.save_model
save(layers, "pt2", input_example=rows)
save(layers, "pickled", serialization_format="pickle")
save(layers, "pickled_plainly", serialization_format="pickle", pickle_module=pickle)
save(net, "own_class", serialization_format="pickle", code_paths=["../own/own_nets.py"])
save(torch.jit.script(layers), "scripted", serialization_format="pickle")
save(torch.jit.trace(net, tensor), "traced", serialization_format="pickle")
mlflow.pytorch.save_state_dict(layers.state_dict(), "state_dict")
with torch.no_grad():
    answers = {{"layers": layers(tensor).tolist(), "net": net(tensor).tolist()}}
asked = {{}}
for name in {names}:
    model = mlflow.pyfunc.load_model("../ours/" + name)
    data = pd.DataFrame(rows, columns=["a", "b", "c"]) if name == "table" else rows
    asked[name] = np.asarray(model.predict(data)).tolist()
two = mlflow.pytorch.load_model("../ours/two_arguments")
with torch.no_grad():
    asked["two_arguments"] = two(tensor, tensor).tolist()
weights = mlflow.pytorch.load_state_dict("../ours/weights")
print(json.dumps({{"answers": answers, "asked": asked, "weights": sorted(weights)}}))
"""


@pytest.mark.mlflow
@pytest.mark.torch
def test_each_reads_what_the_other_writes(
    torch: Any, layers: Any, own: ModuleType, host: Host, tmp_path: Path, run_mlflow: Callable[[str], str]
) -> None:
    rows = np.array(ROWS, dtype=np.float32)
    tensor, net, ours = torch.from_numpy(rows), own.Net().eval(), tmp_path / "ours"
    table = pd.DataFrame(rows, columns=["a", "b", "c"])
    api.save_model(layers, ours / "exported", input_example=tensor[:1], host=host)
    api.save_model(layers, ours / "table", input_example=table, host=host)
    api.save_model(layers, ours / "pickled", host=host)
    api.save_model(net, ours / "own_class", code_paths=[str(tmp_path / "own" / "own_nets.py")], host=host)
    with pytest.warns(DeprecationWarning, match="jit"):
        traced = torch.jit.trace(net, tensor)
    api.save_model(traced, ours / "traced", host=host)
    api.save_model(net, ours / "two_arguments", input_example=(tensor, tensor), host=host)
    api.save_state_dict(layers.state_dict(), ours / "weights")

    names = ["exported", "table", "pickled", "own_class", "traced"]
    told = json.loads(run_mlflow(BOTH_WAYS.format(rows=ROWS, names=names)).splitlines()[-1])

    with torch.no_grad():
        of_layers, of_net, of_two = layers(tensor).tolist(), net(tensor).tolist(), net(tensor, tensor).tolist()
    expected = {
        **dict.fromkeys(("exported", "table", "pickled"), of_layers),
        **dict.fromkeys(("own_class", "traced"), of_net),
        "two_arguments": of_two,
    }
    for name, answer in expected.items():
        assert told["asked"][name] == pytest.approx(np.array(answer)), name
    assert told["weights"] == sorted(layers.state_dict())

    theirs = tmp_path / "mlflow"
    for name, answer in {"pt2": "layers", "pickled": "layers", "pickled_plainly": "layers"}.items():
        assert load_pyfunc(theirs / name, host=host).predict(rows) == pytest.approx(np.array(told["answers"][answer]))
        with torch.no_grad():
            assert api.load_model(theirs / name, host=host)(tensor).tolist() == pytest.approx(
                np.array(told["answers"][answer])
            )
    for name, answer in {"own_class": "net", "scripted": "layers", "traced": "net"}.items():
        with pytest.raises(Forbidden):
            load_pyfunc(theirs / name, host=host)
        loaded = load_pyfunc(theirs / name, trust=True, host=host)
        assert loaded.predict(rows) == pytest.approx(np.array(told["answers"][answer])), name
    assert set(api.load_state_dict(theirs / "state_dict", host=host)) == set(layers.state_dict())
    assert set(api.load_state_dict(theirs / "pt2", host=host)) == set(layers.state_dict())
