"""What can run code when a model of PyTorch is loaded is told before it does, and what PyTorch itself writes is not."""

from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runyard_flavor_pytorch.exporting import export
from runyard_flavor_pytorch.graphs import suspicious
from runyard_flavor_pytorch.pickles import pickle_risks, read_pickle
from runyard_flavor_pytorch.programs import program_risks, read_program, write_program

pytestmark = pytest.mark.torch


class Evil:
    """Makes a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.file,)


def rewritten(file: Path, change: Callable[[str, bytes], bytes], more: dict[str, bytes] | None = None) -> Path:
    """A copy of an archive with other content."""
    target = file.with_name(f"changed-{file.name}")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(target, "w") as new:
        root = old.namelist()[0].partition("/")[0]
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, content in (more or {}).items():
            new.writestr(f"{root}/{name}", content)
    return target


def edited(file: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A copy of an exported program with another graph."""

    def edit(name: str, content: bytes) -> bytes:
        if not name.endswith("models/model.json"):
            return content
        document = json.loads(content)
        change(document)
        return json.dumps(document).encode()

    return rewritten(file, edit)


@pytest.fixture
def program(layers: Any, rows: Any, tmp_path: Path) -> Path:
    write_program(export(layers, rows, None, any_batch=True), tmp_path / "model.pt2")
    return tmp_path / "model.pt2"


def models(torch: Any) -> dict[str, tuple[Any, Any]]:
    nn = torch.nn

    class Attending(nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            self.words = nn.Embedding(11, 8)
            self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)

        def forward(self, words: Any) -> Any:
            return self.layer(self.words(words)).mean(1)

    class Choosing(nn.Module):  # type: ignore[name-defined,misc]
        def forward(self, data: Any) -> Any:
            return torch.cond(data.sum() > 0, torch.sin, torch.cos, (data,))

    class Flattening(nn.Module):  # type: ignore[name-defined,misc]
        def forward(self, data: Any) -> Any:
            flat = data.reshape(data.shape[0] * data.shape[1], -1)
            return {"flat": torch.einsum("ij,kj->ik", flat, flat), "sizes": (data.new_ones(data.shape[0] // 2 + 1),)}

    return {
        "images": (nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.MaxPool2d(2), nn.Flatten()), (2, 1, 8, 8)),
        "words": (Attending(), torch.randint(0, 11, (3, 5))),
        "sequences": (nn.LSTM(3, 4, batch_first=True), (2, 5, 3)),
        "choices": (Choosing(), (4, 3)),
        "sizes": (Flattening(), (4, 3, 2)),
    }


@pytest.mark.parametrize("name", ["images", "words", "sequences", "choices", "sizes"])
def test_what_torch_exports_is_no_risk(torch: Any, tmp_path: Path, name: str) -> None:
    model, data = models(torch)[name]
    example = data if isinstance(data, torch.Tensor) else torch.rand(*data)
    write_program(export(model.eval(), example.numpy(), None, any_batch=False), tmp_path / "model.pt2")
    assert program_risks(tmp_path / "model.pt2") == []


@pytest.mark.parametrize(
    "name", ["images", "sequences", "transformer", "attention", "normalised", "dictionary", "activations", "parameters"]
)
def test_pickles_of_torchs_own_layers_are_no_risk_and_are_read_without_running_code(
    torch: Any, tmp_path: Path, name: str
) -> None:
    nn = torch.nn
    model = {
        "images": nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.MaxPool2d(2), nn.Flatten()),
        "sequences": nn.LSTM(3, 4, num_layers=2, bidirectional=True),
        "transformer": nn.TransformerEncoderLayer(8, 2, 16, activation="gelu"),
        "parameters": nn.ParameterList([nn.Linear(1, 1).weight]),
        "attention": nn.MultiheadAttention(8, 2),
        "normalised": nn.Sequential(nn.LayerNorm((4, 4)), nn.GroupNorm(2, 4), nn.InstanceNorm2d(3)),
        "dictionary": nn.ModuleDict({"list": nn.ModuleList([nn.Embedding(5, 3)])}),
        "activations": nn.Sequential(nn.GELU(), nn.Softmax(-1), nn.PReLU(), nn.LeakyReLU(), nn.Hardtanh()),
    }[name]
    torch.save(model, tmp_path / "model.pth")
    assert pickle_risks(tmp_path / "model.pth") == []
    loaded = read_pickle(tmp_path / "model.pth", "cpu", weights_only=None)
    assert type(loaded) is type(model)
    assert str(loaded) == str(model)
    assert all(torch.equal(value, model.state_dict()[key]) for key, value in loaded.state_dict().items())


def test_code_in_a_pickle_is_told_and_would_have_run(torch: Any, layers: Any, tmp_path: Path) -> None:
    layers.extra = Evil(tmp_path / "ran")
    torch.save(layers, tmp_path / "model.pth")
    (told,) = pickle_risks(tmp_path / "model.pth")
    assert "pathlib.Path" in told
    assert not (tmp_path / "ran").exists()
    read_pickle(tmp_path / "model.pth", "cpu", weights_only=None)
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["torch.nn.modules.module register_module_forward_hook", "torch.hub load"])
def test_functions_of_torch_that_are_no_layers_are_told(torch: Any, layers: Any, tmp_path: Path, name: str) -> None:
    torch.save(layers, tmp_path / "model.pth")
    old = b"torch.nn.modules.activation\nReLU\n"

    def change(path: str, content: bytes) -> bytes:
        return content.replace(old, name.replace(" ", "\n").encode() + b"\n") if path.endswith("data.pkl") else content

    (told,) = pickle_risks(rewritten(tmp_path / "model.pth", change))
    assert name.replace(" ", ".") in told


def test_a_pickle_of_old_is_told(torch: Any, layers: Any, tmp_path: Path) -> None:
    torch.save(layers, tmp_path / "model.pth", _use_new_zipfile_serialization=False)
    (told,) = pickle_risks(tmp_path / "model.pth")
    assert "torch's format of old, which imports" in told
    assert "torch.nn.modules.linear" in told
    assert type(read_pickle(tmp_path / "model.pth", "cpu", weights_only=None)) is type(layers)


def test_the_module_that_reads_a_pickle_is_told(torch: Any, layers: Any, tmp_path: Path) -> None:
    layers.extra = Evil(tmp_path / "ran")
    torch.save(layers, tmp_path / "model.pth")
    (tmp_path / "pickle_module_info.txt").write_text("their_pickles", encoding="utf-8")
    assert "the module their_pickles, which reads that pickle" in pickle_risks(tmp_path / "model.pth")


def test_torchscript_is_told(torch: Any, layers: Any, rows: Any, tmp_path: Path) -> None:
    with pytest.warns(DeprecationWarning, match="jit"):
        torch.jit.trace(layers, torch.from_numpy(rows)).save(str(tmp_path / "model.pth"))
    assert pickle_risks(tmp_path / "model.pth") == ["the program of TorchScript in model.pth"]


def test_a_formula_with_code_is_told_and_would_have_run(program: Path, tmp_path: Path) -> None:
    code = f"__import__('pathlib').Path({str(tmp_path / 'ran')!r}).touch() or 2"

    def change(document: dict[str, Any]) -> None:
        values = document["graph_module"]["graph"]["tensor_values"]
        name = document["graph_module"]["graph"]["inputs"][-1]["as_tensor"]["name"]
        values[name]["sizes"][0]["as_expr"]["expr_str"] = code

    file = edited(program, change)
    assert any("the formula" in told for told in program_risks(file))
    assert not (tmp_path / "ran").exists()
    read_program_anyway(file)
    assert (tmp_path / "ran").exists()


def read_program_anyway(file: Path) -> None:
    """Read it as whoever trusts it would; what is changed need not make a program that works."""
    try:
        read_program(file)
    except Exception as error:  # noqa: BLE001 - torch may raise anything
        print(error)  # noqa: T201


def test_a_pickled_object_is_told_and_would_have_run(program: Path, tmp_path: Path) -> None:
    entry = {"path_name": "opaque_obj_0", "is_param": False, "use_pickle": True, "tensor_meta": None}

    def change(name: str, content: bytes) -> bytes:
        return json.dumps({"config": {"it": entry}}).encode() if name.endswith("constants_config.json") else content

    file = rewritten(program, change, {"data/constants/opaque_obj_0": pickle.dumps(Evil(tmp_path / "ran"))})
    assert "data/constants/opaque_obj_0 in changed-model.pt2" in program_risks(file)
    read_program_anyway(file)
    assert (tmp_path / "ran").exists()


def test_a_pickle_among_the_sample_inputs_is_told_and_would_have_run(torch: Any, program: Path, tmp_path: Path) -> None:
    torch.save(Evil(tmp_path / "ran"), tmp_path / "evil.pt")
    evil = (tmp_path / "evil.pt").read_bytes()
    file = rewritten(program, lambda name, content: evil if "sample_inputs" in name else content)
    assert "the pickle data/sample_inputs/model.pt in changed-model.pt2" in program_risks(file)
    read_program_anyway(file)
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("key", "text", "is_told"),
    [
        ("target", "torch.ops.aten.linear.default", False),
        ("target", "torch.os.system", True),
        ("target", "torch.hub.load", True),
        ("target", "_operator.attrgetter", True),
        ("target", "torch.ops.mine.run.default", True),
        ("target", "torch.ops.aten.from_file.default", True),
        ("expr_str", "2*s0 + Max(1, s1)//3", False),
        ("expr_str", "Add(Integer(2), Symbol('s31', positive=True, integer=True))", False),
        ("expr_str", "Symbol('__import__')", True),
        ("expr_str", "s0.__class__", True),
        ("expr_str", "exec(s0)", True),
        ("expr_str", "(lambda: s0)()", True),
        ("expr_str", "[s0 for s0 in s1]", True),
        ("guards_code", "L['x'].size()[0] >= 2 and y.stride()[1] == 1", False),
        ("guards_code", "x.__class__", True),
        ("guards_code", "exit()", True),
        ("guards_code", "x.size().__class__()", True),
        ("guards_code", "(x := 3)", True),
        ("in_spec", '[1, {"type": "builtins.tuple", "context": "null", "children_spec": []}]', False),
        ("in_spec", '[1, {"type": "builtins.dict", "context": "[\\"a\\"]", "children_spec": []}]', False),
        ("in_spec", '[1, {"type": "mine.Type", "context": "null", "children_spec": []}]', True),
        ("in_spec", '[1, {"type": "builtins.dict", "context": "[{\\"__enum__\\": true}]", "children_spec": []}]', True),
        ("name", "p_0_weight", False),
        ("name", "x: print(1)", True),
        ("as_string", "ij,jk->ik", False),
    ],
)
def test_each_text_of_a_graph_must_be_as_torch_writes_it(key: str, text: str, is_told: bool) -> None:
    assert bool(list(suspicious({"nodes": [{key: text}]}))) is is_told


def test_archives_that_readers_may_understand_otherwise_are_told(program: Path, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = rewritten(program, lambda _, content: content, {"models/model.json": b"{}"})
    assert program_risks(twice) == ["names in changed-model.pt2 that stand for more than one file"]
    longer = tmp_path / "longer.pt2"
    longer.write_bytes(b"before" + program.read_bytes())
    assert program_risks(longer) == ["longer.pt2, which is no plain archive of torch.export"]


def test_compiled_code_in_an_archive_is_told(program: Path) -> None:
    file = rewritten(program, lambda _, content: content, {"data/aotinductor/model/it.so": b"machine code"})
    assert program_risks(file) == ["data/aotinductor/model/it.so in changed-model.pt2"]
