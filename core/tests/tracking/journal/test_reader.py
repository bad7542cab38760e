"""A journal reads back as it was written; where it is torn or damaged, the rest reads and the damage is named."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runyard.entities import Batch, Dataset, DatasetInput, ModelMetric, RunStart, RunStatus, RunUpdate
from runyard.errors import CorruptData, InvalidInput
from runyard.tracking.journal import format as layout
from runyard.tracking.journal.folder import JournalFolder
from runyard.tracking.journal.reader import Damage, JournalReader
from runyard.tracking.journal.writer import JournalWriter
from runyard.tracking.run_writer import RunWriter


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[JournalWriter]:
    writer = JournalWriter(tmp_path / "journal", "lab:store")
    yield writer
    writer.close(remove=False)


def read(folder: JournalFolder, after: int = 0, limit: int = 1 << 22) -> tuple[list[Batch], list[Damage]]:
    batches, damages = [], []
    end = folder.end()
    with JournalReader(folder) as reader:
        while after < end:
            extract = reader.read(after, end, limit)
            assert extract.last > after
            batches.append(extract.records.batch("j", after + 1, extract.last))
            damages += extract.damages
            after = extract.last
    return batches, damages


def steps(batches: list[Batch], run_id: str = "r", key: str = "loss") -> list[int]:
    return [step for batch in batches if (run_id, key) in batch.points for step in batch.points[run_id, key].steps]


def fill(writer: JournalWriter, count: int) -> None:
    run = RunWriter(writer, "r")
    for step in range(count):
        run.log_metric("loss", step / 2, step, 1000 + step)


def test_every_kind_of_record_reads_back(writer: JournalWriter) -> None:
    start = RunStart("r", "näme", "me", 5, experiment_name="e/ü", tags={"a": "b"})
    update = RunUpdate("r", status=RunStatus.KILLED, end_time=9, run_name="new")
    writer.append(layout.start_frame(1, start))
    run = RunWriter(writer, "r")
    run.log_params({"p": 'quote " and \n line'})
    run.set_tags({"t": "汉字"})
    run.delete_tag("t")
    items = [
        DatasetInput(Dataset("irís", "d1", "local", "{}", "[1]", None), {"mlflow.data.context": "training"}),
        DatasetInput(Dataset("wine", "d2", "http", '{"url": "x"}')),
    ]
    run.log_inputs(items)
    points = [
        ModelMetric("m-1", "acc", math.inf, 7, 3, "r", "irís", "d1"),
        ModelMetric("m-2", "acc", -0.5, 8, run_id="r"),
    ]
    run.log_measurements(points)
    run.log_metric("loss", 0.5, 3, 7)
    writer.append(layout.update_frame(2, update))
    ((batch,), damages) = read(writer.open())
    assert damages == []
    assert batch.starts == [start]
    assert batch.params == [("r", "p", 'quote " and \n line')]
    assert batch.tags == [("r", "t", "汉字"), ("r", "t", None)]
    assert batch.inputs == [("r", item) for item in items]
    assert batch.measurements == points
    assert list(batch.points["r", "loss"]) == [(3, 7, 0.5)]
    assert batch.updates == [update]


def test_the_largest_data_set_reads_back_and_a_larger_record_is_refused(writer: JournalWriter) -> None:
    run = RunWriter(writer, "r")
    largest = Dataset("n" * 500, "d" * 36, "t" * 36, "\1" * 65_535, "\1" * 1_048_575, "\1" * 16_777_215)
    run.log_inputs([DatasetInput(largest)])
    with pytest.raises(InvalidInput, match="log it as an artifact"):
        run.log_inputs([DatasetInput(Dataset("small", "d", "t", "s")), DatasetInput(largest, _many_tags())])
    run.set_tags({"t": "1"})
    batches, damages = read(writer.open())
    assert [item for batch in batches for item in batch.inputs] == [("r", DatasetInput(largest))]
    assert [tag for batch in batches for tag in batch.tags] == [("r", "t", "1")]
    assert damages == []


def _many_tags() -> dict[str, str]:
    return {f"{number:05}": "\1" * 500 for number in range(10_000)}


@pytest.mark.parametrize("limit", [1, 50, 1000, 1 << 22])
@pytest.mark.parametrize("segment", [500, 1 << 20])
def test_reading_in_pieces_and_over_segments_loses_nothing(tmp_path: Path, limit: int, segment: int) -> None:
    writer = JournalWriter(tmp_path, "lab:store", segment_bytes=segment)
    fill(writer, 200)
    batches, damages = read(writer.open(), limit=limit)
    assert steps(batches) == list(range(200))
    assert damages == []
    writer.close(remove=False)


def test_reading_can_begin_after_any_batch(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path, "lab:store", segment_bytes=700)
    fill(writer, 60)
    batches, _ = read(writer.open(), limit=40)
    for number, batch in enumerate(batches):
        assert steps(read(writer.open(), after=batch.last)[0]) == steps(batches[number + 1 :])
    writer.close(remove=False)


def test_a_torn_last_record_at_any_byte_costs_only_itself(writer: JournalWriter, tmp_path: Path) -> None:
    fill(writer, 20)
    RunWriter(writer, "r").set_tags({"t": "v" * 50})
    folder = writer.open()
    (segment,) = folder.segments()
    whole = segment.path.read_bytes()
    last = len(whole) - len(layout.tag_frame(1_700_000_000_000, "r", "t", "v" * 50))
    for cut in range(last, len(whole) + 1):
        copy = JournalFolder(tmp_path / f"copy{cut}")
        copy.path.mkdir()
        (copy.path / segment.path.name).write_bytes(whole[:cut])
        batches, damages = read(copy)
        assert steps(batches) == list(range(20))
        assert [tag for batch in batches for tag in batch.tags] == ([("r", "t", "v" * 50)] if cut == len(whole) else [])
        assert b"".join(damage.content() for damage in damages) == (whole[last:cut] if cut < len(whole) else b"")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_flipped_bytes_cost_the_records_they_lie_in_and_no_other(tmp_path: Path, data: st.DataObject) -> None:
    folder = tmp_path / "damaged"
    writer = JournalWriter(folder, "lab:store")
    run = RunWriter(writer, "r")
    for step in range(35):
        run.log_metric("loss", step / 2, step, 1000 + step)
        if step == 20:
            run.log_params({"p": "v"})
    journal = writer.open()
    (segment,) = journal.segments()
    whole = bytearray(segment.path.read_bytes())
    _, first = layout.Header.decode(bytes(whole))
    definition = layout.HEAD.size + layout.HEAD.unpack_from(whole, first)[0]
    place = data.draw(st.integers(first + definition, len(whole) - 1))
    length = data.draw(st.integers(1, 12))
    kept = []
    offset = first
    while offset < len(whole):
        payload = layout.frame_at(bytes(whole), offset)
        assert payload is not None
        end = offset + layout.HEAD.size + len(payload)
        if payload[0] == layout.TYPE_POINT and (end <= place or offset >= place + length):
            kept.append(layout.POINT.unpack(payload)[2])
        offset = end
    for at in range(place, min(place + length, len(whole))):
        whole[at] ^= 0xA5
    segment.path.write_bytes(whole)
    batches, damages = read(journal)
    writer.close(remove=True)
    assert steps(batches) == kept
    assert damages


def test_points_whose_series_is_lost_are_named_as_damage(writer: JournalWriter) -> None:
    fill(writer, 3)
    RunWriter(writer, "r").log_metric("other", 1.0, 9)
    (segment,) = writer.open().segments()
    content = bytearray(segment.path.read_bytes())
    _, first = layout.Header.decode(bytes(content))
    content[first + layout.HEAD.size + 2] ^= 0xFF
    segment.path.write_bytes(content)
    batches, (damage,) = read(writer.open())
    assert steps(batches) == []
    assert steps(batches, key="other") == [9]
    assert damage.offset == first


def test_a_damaged_header_costs_no_record(writer: JournalWriter) -> None:
    fill(writer, 3)
    (segment,) = writer.open().segments()
    content = bytearray(segment.path.read_bytes())
    content[20] ^= 0xFF
    segment.path.write_bytes(content)
    batches, (damage,) = read(writer.open())
    assert steps(batches) == [0, 1, 2]
    assert damage.offset == 0


def test_zeros_at_the_end_as_a_power_cut_leaves_them_are_named(writer: JournalWriter) -> None:
    fill(writer, 3)
    (segment,) = writer.open().segments()
    with segment.path.open("ab") as file:
        file.write(bytes(5000))
    batches, (damage,) = read(writer.open())
    assert steps(batches) == [0, 1, 2]
    assert damage.length == 5000


def test_a_segment_of_a_newer_version_is_refused_not_guessed_at(writer: JournalWriter) -> None:
    fill(writer, 3)
    (segment,) = writer.open().segments()
    content = bytearray(segment.path.read_bytes())
    content[7] = 99
    segment.path.write_bytes(content)
    with pytest.raises(CorruptData, match="version 99"):
        read(writer.open())


def test_a_segment_that_lost_its_end_does_not_shift_the_next_one(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path, "lab:store", segment_bytes=600)
    fill(writer, 40)
    first, *_ = writer.open().segments()
    content = first.path.read_bytes()
    for cut in (len(content) - 37, len(content) - 10):
        first.path.write_bytes(content[:cut])
        batches, damages = read(writer.open())
        missing = 40 - len(steps(batches))
        assert missing == 1
        assert steps(batches)[-1] == 39
        assert len(damages) == 1
    writer.close(remove=False)
