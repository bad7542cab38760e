"""The autologger contract, on trainers of PyTorch Lightning, and what is special about them."""

from __future__ import annotations

import importlib
import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runyard.entities import LoggedModelStatus, Run
from runyard.errors import InvalidInput
from runyard.host import Host
from runyard.settings import Settings
from runyard.specs import AutologgerSpec
from runyard.testing.contracts.autologger import AutologgerContract, switched_on
from runyard.tracking.client import Client
from runyard_flavor_pytorch import plugin
from runyard_flavor_pytorch.api import autolog

NETS = """
import lightning.pytorch as pl
import torch

class Net(pl.LightningModule):
    def __init__(self, breaks=False):
        super().__init__()
        self.layer = torch.nn.Linear(3, 1)
        self.breaks = breaks

    def forward(self, x):
        return self.layer(x)

    def training_step(self, batch, index):
        if self.breaks:
            raise ValueError("this net breaks")
        loss = torch.nn.functional.mse_loss(self(batch[0]), batch[1])
        self.log("loss", loss, on_step=True, on_epoch=True)
        return loss

    def validation_step(self, batch, index):
        self.log("val_loss", torch.nn.functional.mse_loss(self(batch[0]), batch[1]))

    def test_step(self, batch, index):
        self.log("test_loss", torch.nn.functional.mse_loss(self(batch[0]), batch[1]))

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.05)

def data():
    x = torch.linspace(0, 1, 48).reshape(16, 3)
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, x.sum(1, keepdim=True)), batch_size=8)

def trainer(epochs=2, **options):
    return pl.Trainer(max_epochs=epochs, logger=False, enable_progress_bar=False, enable_model_summary=False,
                      accelerator="cpu", log_every_n_steps=1, **{"enable_checkpointing": False, **options})
"""

pytestmark = pytest.mark.filterwarnings("default")  # Lightning warns of loaders, processors, and of itself


@pytest.fixture
def nets(torch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    pytest.importorskip("lightning", reason="lightning is not installed: run .ci/torch .venv")
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "lightning_nets.py").write_text(NETS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path / "nets")
    monkeypatch.delitem(sys.modules, "lightning_nets", raising=False)
    return importlib.import_module("lightning_nets")


@pytest.fixture
def client(nets: ModuleType, tmp_path: Path) -> Iterator[Client]:
    host = Host(Settings(root=tmp_path, data_dir=str(tmp_path / "data"), disabled_plugins=("capture",)))
    with switched_on(plugin.runyard_autologgers()[0], host) as client:
        autolog(log_models=False)
        yield client


class TestLightning(AutologgerContract):
    @pytest.fixture
    def spec(self) -> AutologgerSpec:
        return plugin.runyard_autologgers()[0]

    @pytest.fixture
    def libraries(self) -> Sequence[str]:
        return ("lightning", "pytorch_lightning", "torch", "numpy", "pandas")

    @pytest.fixture
    def train(self, nets: ModuleType) -> Callable[[], Any]:
        import torch

        def train() -> Any:
            torch.manual_seed(0)
            net = nets.Net()
            torch.nn.init.constant_(net.layer.weight, 0.5)
            torch.nn.init.constant_(net.layer.bias, 0.0)
            nets.trainer().fit(net, nets.data(), nets.data())
            return net.layer.weight.tolist()

        return train

    @pytest.fixture
    def fail(self, nets: ModuleType) -> Callable[[], Any]:
        return lambda: nets.trainer().fit(nets.Net(breaks=True), nets.data())


def only(client: Client) -> Run:
    (run,) = client.search_runs(["0"])
    return run


def files(client: Client, path: str | None = None) -> set[str]:
    return {file.path for file in client.list_artifacts(only(client).info.run_id, path)}


def test_a_point_per_epoch_and_the_trainers_params(client: Client, nets: ModuleType) -> None:
    nets.trainer(3).fit(nets.Net(), nets.data(), nets.data())
    run = only(client)
    params = dict(run.data.params)
    assert (params["epochs"], params["optimizer_name"], params["lr"]) == ("3", "SGD", "0.05")
    assert run.data.tags["Mode"] == "training"
    assert [point.step for point in client.get_metric_history(run.info.run_id, "val_loss")] == [0, 1, 2]
    assert {"loss", "loss_epoch", "loss_step", "val_loss"} <= set(run.data.metrics)
    path = client.download_artifacts(run.info.run_id, "model_summary.txt")
    assert "Linear" in Path(path).read_text(encoding="utf-8")


def test_fewer_epochs_and_some_steps(client: Client, nets: ModuleType) -> None:
    autolog(log_every_n_epoch=2, log_every_n_step=2, log_models=False)
    nets.trainer(4).fit(nets.Net(), nets.data(), nets.data())
    run_id = only(client).info.run_id
    assert [point.step for point in client.get_metric_history(run_id, "val_loss")] == [1, 3]
    assert [point.step for point in client.get_metric_history(run_id, "loss_step")] == [1, 3, 5, 7]


def test_where_it_stopped(client: Client, nets: ModuleType) -> None:
    from lightning.pytorch.callbacks import EarlyStopping

    nets.trainer(9, callbacks=[EarlyStopping("val_loss", patience=2, min_delta=100.0)]).fit(
        nets.Net(), nets.data(), nets.data()
    )
    run = only(client)
    assert (run.data.params["monitor"], run.data.params["patience"]) == ("val_loss", "2")
    assert (run.data.metrics["stopped_epoch"], run.data.metrics["restored_epoch"]) == (2.0, 0.0)


def test_the_best_checkpoint_or_all_of_them(client: Client, nets: ModuleType) -> None:
    import torch

    nets.trainer(2).fit(nets.Net(), nets.data(), nets.data())
    run = only(client)
    assert files(client, "checkpoints") == {
        "checkpoints/latest_checkpoint.pth",
        "checkpoints/latest_checkpoint_metrics.json",
    }
    path = client.download_artifacts(run.info.run_id, run.data.tags["mlflow.latest_checkpoint_artifact"])
    assert "state_dict" in torch.load(path, weights_only=True)
    client.delete_run(run.info.run_id)
    autolog(checkpoint_save_best_only=False, checkpoint_save_weights_only=True, log_models=False)
    nets.trainer(2).fit(nets.Net(), nets.data(), nets.data())
    assert files(client, "checkpoints") == {"checkpoints/epoch_0", "checkpoints/epoch_1"}
    assert "checkpoints/epoch_1/checkpoint.weights.pth" in files(client, "checkpoints/epoch_1")


def test_the_model_is_the_module_with_the_signature_of_the_first_batch(client: Client, nets: ModuleType) -> None:
    autolog(log_models=True, checkpoint=False)
    net = nets.Net()
    nets.trainer().fit(net, nets.data(), nets.data())
    (model,) = client.search_logged_models(["0"])
    assert model.status is LoggedModelStatus.READY
    assert {metric.key for metric in model.metrics} >= {"val_loss", "loss"}
    from runyard.models import get_model_info
    from runyard.models.loading import load_model

    signature = get_model_info(f"models:/{model.model_id}").signature
    assert signature is not None
    assert signature.inputs is not None
    loaded = load_model("pytorch", f"models:/{model.model_id}", trust=True, host=client.host)
    assert type(loaded) is nets.Net
    assert loaded.layer.weight.tolist() == net.layer.weight.tolist()
    assert not net._forward_hooks


def test_the_trainer_is_left_as_it_was_and_its_tests_are_logged(client: Client, nets: ModuleType) -> None:
    trainer = nets.trainer()
    before = list(trainer.callbacks)
    net = nets.Net()
    trainer.fit(net, nets.data(), nets.data())
    assert trainer.callbacks == before
    trainer.test(net, nets.data(), verbose=False)
    run = only(client)
    assert run.data.tags["Mode"] == "testing"
    assert "test_loss" in run.data.metrics


def test_what_goes_to_another_process_does_nothing_there(client: Client, nets: ModuleType) -> None:
    from lightning.pytorch.callbacks import Callback

    arrived: list[Any] = []

    class Looking(Callback):  # type: ignore[misc] # read alike whether it is installed or not
        def on_train_end(self, trainer: Any, pl_module: Any) -> None:
            arrived.extend(pickle.loads(pickle.dumps([each for each in trainer.callbacks if each is not self])))

    nets.trainer(1, callbacks=[Looking()]).fit(nets.Net(), nets.data())
    assert [type(each) for each in arrived] == [Callback, Callback]


@pytest.mark.parametrize(
    "options",
    [
        {"log_every_n_epoch": 0},
        {"log_every_n_step": True},
        {"checkpoint_mode": "best"},
        {"checkpoint_save_freq": "day"},
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(options))):
        autolog(**options)
