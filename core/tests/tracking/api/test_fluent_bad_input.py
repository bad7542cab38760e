"""What is refused is refused with one clear line, at once, and leaves nothing half-written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import runyard as ry
from runyard.entities import Metric, Param, RunTag
from runyard.errors import InvalidInput, InvalidState, NoSuchPlugin, NotFound, QueryError, RunyardError
from runyard.host import Host, set_default_host
from runyard.settings import Settings

REFUSED: list[tuple[str, Callable[[], object], str]] = [
    ("metric key with #", lambda: ry.log_metric("a#b", 1.0), r"metric key 'a#b' has a character"),
    ("metric key that leads upward", lambda: ry.log_metric("../a", 1.0), r"metric key '\.\./a' must be usable"),
    ("empty metric key", lambda: ry.log_metric("", 1.0), r"non-empty"),
    ("metric key of 251", lambda: ry.log_metric("k" * 251, 1.0), r"251 characters; at most 250"),
    ("metric that is text", lambda: ry.log_metric("loss", "1.0"), r"metric 'loss' must be a number, got '1.0'"),  # type: ignore[arg-type]
    ("metric that is a bool", lambda: ry.log_metric("loss", True), r"must be a number, got True"),
    ("metric that is nothing", lambda: ry.log_metric("loss", None), r"must be a number, got None"),  # type: ignore[arg-type]
    ("step that is no whole number", lambda: ry.log_metric("loss", 1.0, step=1.5), r"step must be a whole"),  # type: ignore[arg-type]
    ("step that is too large", lambda: ry.log_metric("loss", 1.0, step=2**63), r"step must lie between"),
    ("time before 1970", lambda: ry.log_metric("loss", 1.0, timestamp=-1), r"timestamp must lie between 0"),
    ("one bad metric of two", lambda: ry.log_metrics({"ok": 1.0, "b@d": 2.0}), r"'b@d'"),
    ("param key with a line", lambda: ry.log_param("a\nb", 1), r"param key"),
    ("param value of 6001", lambda: ry.log_param("text", "x" * 6001), r"6001 characters; at most 6000"),
    ("one bad param of two", lambda: ry.log_params({"ok": 1, "b@d": 2}), r"'b@d'"),
    ("tag value of 8001", lambda: ry.set_tag("text", "x" * 8001), r"8001 characters; at most 8000"),
    ("one bad tag of two", lambda: ry.set_tags({"ok": 1, "b@d": 2}), r"'b@d'"),
    ("a file that is not there", lambda: ry.log_artifact("no/such/file"), r"no/such/file"),
    ("an artifact above the root", lambda: ry.log_text("x", "../x.txt"), r"'\.\./x\.txt'"),
    ("an absolute artifact", lambda: ry.log_text("x", "/etc/x.txt"), r"'/etc/x\.txt'"),
    ("a figure that is none", lambda: ry.log_figure(object(), "x.png"), r"matplotlib or plotly"),
    ("a table of no format", lambda: ry.log_table({"a": [1]}, "x.csv"), r"\.json or \.parquet"),
    ("a data set that is none", lambda: ry.log_input([1, 2]), r"log_input takes a data set"),
]


@pytest.mark.parametrize(("call", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_refused_call_writes_nothing_and_the_run_goes_on(
    host: Host, call: Callable[[], object], message: str
) -> None:
    with ry.start_run() as run:
        before = ry.get_run(run.info.run_id).data
        with pytest.raises(RunyardError, match=message) as caught:
            call()
        assert "\n" not in str(caught.value)
        assert ry.get_run(run.info.run_id).data == before
        assert ry.Client().list_artifacts(run.info.run_id) == []

    assert ry.get_run(run.info.run_id).info.status == "FINISHED"


def test_a_param_never_changes(host: Host) -> None:
    with ry.start_run() as run:
        ry.log_params({"lr": 0.1})
        ry.log_params({"lr": 0.1})
        with pytest.raises(InvalidInput, match=r"'lr'.*'0\.1'.*'0\.2'"):
            ry.log_params({"other": 1, "lr": 0.2})

    assert ry.get_run(run.info.run_id).data.params == {"lr": "0.1"}


def test_a_batch_is_logged_whole_or_not_at_all(host: Host) -> None:
    client = ry.Client()
    with ry.start_run() as run:
        run_id = run.info.run_id
        before = ry.get_run(run_id).data
        good = Metric("loss", 1.0, 1, 1)
        for metrics, params, tags in [
            ([good, Metric("l@ss", 1.0, 1, 1)], [Param("a", "1")], [RunTag("t", "v")]),
            ([good], [Param("a", "1"), Param("a", "2")], [RunTag("t", "v")]),
            ([good], [Param("a", "1")], [RunTag("t@g", "v")]),
        ]:
            with pytest.raises(InvalidInput):
                client.log_batch(run_id, metrics, params, tags)
        assert ry.get_run(run_id).data == before


def test_a_missing_run_is_named_at_once(host: Host) -> None:
    client = ry.Client()
    missing = "0" * 32
    calls: list[Callable[[], object]] = [
        lambda: client.get_run(missing),
        lambda: client.log_metric(missing, "loss", 1.0),
        lambda: client.log_param(missing, "a", 1),
        lambda: client.set_tag(missing, "a", 1),
        lambda: client.log_batch(missing, [Metric("loss", 1.0, 1)]),
        lambda: client.log_text(missing, "x", "x.txt"),
        lambda: client.set_terminated(missing),
        lambda: client.update_run(missing, name="new"),
        lambda: client.delete_run(missing),
        lambda: client.restore_run(missing),
        lambda: client.delete_tag(missing, "a"),
        lambda: ry.log_metric("loss", 1.0, run_id=missing),
    ]
    for call in calls:
        with pytest.raises(NotFound, match=missing):
            call()
    ry.flush()


def test_a_deleted_run_takes_nothing_more(host: Host) -> None:
    with ry.start_run() as run:
        pass
    run_id = run.info.run_id
    ry.delete_run(run_id)
    client = ry.Client()
    calls: list[Callable[[], object]] = [
        lambda: client.log_metric(run_id, "loss", 1.0),
        lambda: client.log_param(run_id, "a", 1),
        lambda: client.set_tag(run_id, "a", 1),
        lambda: client.log_text(run_id, "x", "x.txt"),
        lambda: client.set_terminated(run_id),
    ]
    for call in calls:
        with pytest.raises(InvalidState, match=rf"{run_id} is deleted; restore it first"):
            call()
    ry.restore_run(run_id)
    client.log_param(run_id, "a", 1)

    assert ry.get_run(run_id).data.params == {"a": "1"}


@pytest.mark.parametrize("run_id", ["", "a b", "../x", None])
def test_what_is_no_run_id_is_refused(host: Host, run_id: str) -> None:
    with pytest.raises(InvalidInput, match="not a run id"):
        ry.get_run(run_id)


def test_a_broken_filter_is_shown_with_its_place(host: Host) -> None:
    with pytest.raises(QueryError) as caught:
        ry.search_runs(filter_string="metrics.loss <")

    assert "metrics.loss <" in str(caught.value)
    assert "^" in str(caught.value)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ry.search_runs(output_format="json"), "'pandas' or 'list'"),  # type: ignore[call-overload]
        (lambda: ry.search_runs("1", output_format="list"), "must be lists"),
        (lambda: ry.search_runs(["1"], experiment_names=["a"]), "give one of"),
        (lambda: ry.search_runs(order_by="metrics.loss"), "order_by must be a list"),
        (lambda: ry.search_runs(run_view_type="SOME"), "not a view: 'SOME'"),
        (ry.set_experiment, "either experiment_name or experiment_id"),
        (lambda: ry.set_experiment(" "), "non-blank"),
        (lambda: ry.set_experiment("x" * 501), "501 characters"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(host: Host, call: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        call()


def test_an_unknown_scheme_says_what_to_install_and_the_old_location_stays(host: Host) -> None:
    before = ry.get_tracking_uri()
    with pytest.raises(NoSuchPlugin, match=r"tracking scheme 'abfss' .*install runyard-store-fsspec"):
        ry.set_tracking_uri("abfss://container/runs")
    with pytest.raises(NoSuchPlugin, match=r"registry scheme 'postgres'"):
        ry.set_registry_uri("postgres://localhost/x")

    assert ry.get_tracking_uri() == before


def test_without_a_tracking_store_the_message_says_what_to_install(tmp_path: Path) -> None:
    earlier = set_default_host(Host(Settings(data_dir=str(tmp_path)), discover=False))
    try:
        with pytest.raises(NoSuchPlugin, match=r"no plugin provides tracking scheme 'file'"):
            ry.start_run()
        assert ry.active_run() is None
    finally:
        set_default_host(earlier)
