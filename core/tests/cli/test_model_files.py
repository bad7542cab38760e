"""`runyard models` for models anywhere: show, download, verify, dependencies, predict, lineage, logged."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from runyard import Client, Host, Settings
from runyard.entities import Dataset, DatasetInput, ModelMetric, ModelOutput
from runyard.models import infer_signature, log_model, save_model
from runyard.testing.memory import plugin as memory
from runyard.testing.memory.artifacts import open_store
from runyard.testing.memory.flavor import Line

from .conftest import AddRun, CommandLine

EXAMPLE = pd.DataFrame({"x": [1.0, 2.0]})


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    settings = Settings(data_dir=str(tmp_path / "runyard-data"), root=tmp_path, strict_plugins=True, user="ann")
    with Host(settings, plugins={"memory": memory}) as opened:
        yield opened


@pytest.fixture
def model(host: Host, tmp_path: Path) -> Path:
    signature = infer_signature(EXAMPLE, [3.0], {"limit": 2})
    options: dict[str, Any] = {"metadata": {"team": "x"}, "host": host}
    save_model("line", Line(2.0, 1.0), tmp_path / "line", input_example=EXAMPLE, signature=signature, **options)
    return tmp_path / "line"


@pytest.fixture
def logged(host: Host, add_run: AddRun) -> str:
    """The id of a logged model of the run aa11."""
    add_run("aa11", "first", curves={"loss": [0.5]})
    info = log_model("line", Line(2.0), name="net", host=host, client=Client(host=host), run_id="aa11")
    assert info.model_id
    return info.model_id


# --- show -------------------------------------------------------------------------------------------------------------


def test_what_is_in_a_model_is_shown(cli: CommandLine, model: Path) -> None:
    lines = cli.lines("models", "show", f"{model}")
    assert ["flavors", "line,", "python_function"] in lines
    assert ["runs", "code", "no"] in lines
    assert ["input", "x", "double", "yes"] in lines
    assert ["param", "limit", "long", "no", "2"] in lines
    assert any(line[:1] == ["hashes"] and line[-1] == "(checked)" for line in lines)
    assert any(line[0].startswith("attrs==") for line in lines if line)
    found = cli.json("models", "show", f"{model}")
    assert found["model"]["signature"]["inputs"] == [{"type": "double", "name": "x", "required": True}]
    assert (found["risks"], found["problems"], found["model"]["metadata"]) == ([], [], {"team": "x"})
    assert found["size"] == sum(path.stat().st_size for path in model.rglob("*"))


def test_what_can_run_code_and_what_was_changed_are_shown(cli: CommandLine, host: Host, tmp_path: Path) -> None:
    (tmp_path / "steps.py").write_text("x = 1\n", encoding="utf-8")
    save_model("line", Line(1.0), tmp_path / "coded", code_paths=[str(tmp_path / "steps.py")], host=host)
    (tmp_path / "coded" / "line.json").write_text("{}", encoding="utf-8")
    found = cli.json("models", "show", str(tmp_path / "coded"))
    assert found["risks"] == ["its own modules in code/"]
    assert found["problems"] == ["line.json has another SHA-256"]


def test_a_name_is_a_registered_model_and_a_location_what_lies_there(cli: CommandLine, model: Path) -> None:
    cli("models", "register", str(model), "price")
    assert cli.json("models", "show", "price")["name"] == "price"
    assert cli.json("models", "show", "models:/price/1")["location"] == model.as_uri()
    assert "'line'" in cli.refused("models", "show", "line")
    assert "MLmodel" in cli.refused("models", "show", "./nothing")


def test_files_that_are_elsewhere_are_fetched_when_that_is_asked(cli: CommandLine, model: Path) -> None:
    store = open_store(cli.host.resolve("memory://bucket/show"), cli.host.settings)
    for path in model.iterdir():
        store.write(path.name, io.BytesIO(path.read_bytes()))
    found = cli.json("models", "show", "memory://bucket/show")
    assert (found["risks"], found["problems"], found["files"]) == (None, None, len(list(model.iterdir())))
    assert found["requirements"]
    assert "--fetch" in cli("models", "show", "memory://bucket/show")
    assert cli.json("models", "show", "memory://bucket/show", "--fetch")["risks"] == []
    assert "attrs==" in cli("models", "dependencies", "memory://bucket/show")


# --- download, verify, dependencies -----------------------------------------------------------------------------------


def test_a_model_is_downloaded_whole_or_not_at_all(
    cli: CommandLine, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("models", "register", str(model), "price")
    monkeypatch.chdir(tmp_path)
    assert cli("models", "download", "models:/price/1") == "price-1\n"
    assert cli.json("models", "download", "models:/price/latest", "--to", "here") == {"path": "here"}
    names = sorted(path.name for path in model.iterdir())
    assert sorted(path.name for path in Path("price-1").iterdir()) == names
    assert sorted(path.name for path in Path("here").iterdir()) == names
    assert "--to" in cli.refused("models", "download", "models:/price/1", "--to", "here")
    (model / "line.json").unlink()
    assert "line.json is missing" in cli.refused("models", "download", "models:/price/1", "--to", "again")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here", "line", "price-1", "runyard-data"]


def test_a_model_s_files_are_checked(cli: CommandLine, model: Path) -> None:
    (model / "more.txt").write_text("x", encoding="utf-8")
    result = cli.run("models", "verify", str(model))
    assert "files are what was saved" in result.stdout
    assert "more.txt is not among the hashes" in result.stderr
    assert cli.json("models", "verify", str(model))["unlisted"] == ["more.txt"]
    (model / "line.json").write_text("{}", encoding="utf-8")
    (model / "conda.yaml").unlink()
    refused = cli.refused("models", "verify", str(model))
    assert "conda.yaml is missing; line.json has another SHA-256" in refused
    told = cli.run("models", "verify", str(model), "--json")
    assert (told.exit_code, json.loads(told.stdout)["verified"]) == (1, False)
    (model / "checksums.sha256").unlink()
    assert "nothing can be checked" in cli.refused("models", "verify", str(model))


def test_what_a_model_needs_is_printed(cli: CommandLine, model: Path) -> None:
    assert cli("models", "dependencies", str(model)) == (model / "requirements.txt").read_text(encoding="utf-8")
    assert "channels:" in cli("models", "dependencies", str(model), "--format", "conda")
    assert cli.json("models", "dependencies", str(model))["path"] == str(model / "requirements.txt")


# --- predict ----------------------------------------------------------------------------------------------------------


def test_a_file_is_scored(cli: CommandLine, model: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,x\n007,1\n008,2\n", encoding="utf-8")
    result = cli.run(
        "models", "predict", "-m", str(model), "-i", f"{tmp_path / 'in.csv'}", "-o", f"{tmp_path / 'o.csv'}"
    )
    assert (result.exit_code, result.stdout) == (0, "")
    assert "2 rows" in result.stderr
    assert (tmp_path / "o.csv").read_text(encoding="utf-8") == "id,x,prediction\n007,1,3.0\n008,2,5.0\n"
    words = ("models", "predict", "-m", str(model), "-i", str(tmp_path / "in.csv"), "-o", str(tmp_path / "o.jsonl"))
    assert cli.json(*words, "--columns-out", "none", "--chunk-size", "1", "--params", '{"limit": 3}')["chunks"] == 2
    assert (tmp_path / "o.jsonl").read_text(encoding="utf-8") == '{"prediction": 3.0}\n{"prediction": 5.0}\n'


def test_what_is_wrong_is_one_line_with_its_place(cli: CommandLine, model: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("x\n1\ntwo\n", encoding="utf-8")
    words = ("models", "predict", "-m", str(model), "-i", str(tmp_path / "in.csv"))
    assert "in.csv, line 3: column 'x': 'two' is not of type double" in cli.refused(
        *words, "-o", str(tmp_path / "o.csv")
    )
    assert "-o FILE" in cli.refused(*words, "--json")
    assert cli.run(*words, "--params", "no").exit_code == 2
    assert cli.run(*words, "--params", "[1]").exit_code == 2
    assert not (tmp_path / "o.csv").exists()


def test_a_request_goes_through_standard_streams(cli: CommandLine, model: Path) -> None:
    words = ("models", "predict", "-m", str(model))
    result = cli.run(*words, typed='{"dataframe_split": {"columns": ["x"], "data": [[1.0]]}}')
    assert json.loads(result.stdout) == {"predictions": [3.0]}
    assert json.loads(cli.run(*words, "-t", "csv", "-i", "-", typed="x\n2\n").stdout) == {"predictions": [5.0]}
    table = cli.run(*words, "-t", "jsonl", "--format", "csv", "-o", "-", typed='{"x": 3}\n')
    assert table.stdout == "x,prediction\n3,7.0\n"


def test_a_model_that_can_run_code_is_scored_with_when_it_is_trusted(
    cli: CommandLine, host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "steps.py").write_text("x = 1\n", encoding="utf-8")
    save_model("line", Line(1.0), tmp_path / "coded", code_paths=[str(tmp_path / "steps.py")], host=host)
    monkeypatch.setattr("runyard.models.trust._own.hashes", set())
    words = ("models", "predict", "-m", str(tmp_path / "coded"), "-t", "csv")
    assert "--trust" in cli.run(*words, typed="x\n2\n").stderr
    assert json.loads(cli.run(*words, "--trust", typed="x\n2\n").stdout) == {"predictions": [2.0]}


# --- lineage and logged models ----------------------------------------------------------------------------------------


def test_where_a_version_came_from_is_a_tree(cli: CommandLine, host: Host, logged: str) -> None:
    data = Dataset("iris", "d1", "local", "{}")
    host.tracking_store().log_inputs("aa11", [DatasetInput(data, {"mlflow.data.context": "training"})])
    cli("models", "register", f"models:/{logged}", "price")
    cli("models", "register", "s3://elsewhere/model", "price", "--run", "bb22")
    cli("models", "alias", "price", "champion", "1")
    assert cli("models", "lineage", "price", "@champion").splitlines() == [
        "data set iris",
        "  run first (aa11) [used: training]",
        f"    logged model net ({logged}) [produced]",
        "      version price v1 champion [registered]",
    ]
    assert cli("models", "lineage", "price", "2").splitlines() == [
        "run bb22 (gone)",
        "  version price v2 [registered]",
    ]
    found = cli.json("models", "lineage", "price", "1")
    assert (found["root"], len(found["nodes"])) == ("version:price:1", 4)


def test_logged_models_are_listed_searched_shown_and_deleted(cli: CommandLine, host: Host, logged: str) -> None:
    client = Client(host=host)
    client.logged_models.log_model_metrics("aa11", [ModelMetric(logged, "accuracy", 0.9, 1, 0)])
    client.set_logged_model_tags(logged, {"team": "x"})
    second = client.create_logged_model(client.get_run("aa11").info.experiment_id, name="other")
    client.log_outputs("aa11", [ModelOutput(second.model_id, 0)])
    cli("models", "register", f"models:/{logged}", "price")
    assert [found["name"] for found in cli.json("models", "logged", "list", "-e", "digits")] == ["other", "net"]
    assert [found["name"] for found in cli.json("models", "logged", "search", "metrics.accuracy > 0.5")] == ["net"]
    order = ("models", "logged", "search", "--order-by", "name")
    assert [found["name"] for found in cli.json(*order)] == ["net", "other"]
    assert [found["name"] for found in cli.json(*order[:-1], "name DESC", "--limit", "1")] == ["other"]
    assert cli.run(*order[:-1], "name SIDEWAYS").exit_code == 2
    assert "READY" in cli("models", "logged", "list")
    lines = cli.lines("models", "logged", "show", logged)
    for expected in (["registered", "price/1"], ["team", "x"], ["accuracy", "0.9"], ["run", "aa11"]):
        assert expected in lines
    assert cli.json("models", "logged", "show", logged)["model_id"] == logged
    assert "--yes" in cli.refused("models", "logged", "delete", second.model_id)
    assert cli.json("models", "logged", "delete", second.model_id, "--yes")["deleted"] is True
    assert [found["name"] for found in cli.json("models", "logged", "list")] == ["net"]
    assert second.model_id in cli.refused("models", "logged", "show", second.model_id)
