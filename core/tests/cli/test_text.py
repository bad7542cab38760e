"""Numbers, times, sizes and curves as a person reads them."""

from __future__ import annotations

import math

import pytest

from runyard.cli import text


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1.0, "1"), (0.1, "0.1"), (1 / 3, "0.333333"), (1e-9, "1e-09"), (123456789.0, "123456789"), (-0.5, "-0.5")],
)
def test_numbers_have_six_digits(value: float, shown: str) -> None:
    assert text.number(value) == shown


def test_what_is_not_finite_has_a_name() -> None:
    assert [text.number(value) for value in (math.nan, math.inf, -math.inf)] == ["nan", "inf", "-inf"]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.2, "now"),
        (5, "5 s ago"),
        (130, "2 min ago"),
        (7300, "2 h ago"),
        (200_000, "2 d ago"),
        (-300, "in the future"),
    ],
)
def test_times_are_told_from_now(seconds: float, shown: str) -> None:
    assert text.ago(1_000_000, now=1_000 + seconds) == shown


@pytest.mark.parametrize(
    ("milliseconds", "shown"), [(1_500, "1.5 s"), (45_000, "45 s"), (90_000, "1 min 30 s"), (7_260_000, "2 h 1 min")]
)
def test_durations_have_two_parts(milliseconds: int, shown: str) -> None:
    assert text.duration(1_000, 1_000 + milliseconds) == shown


def test_a_run_that_goes_on_has_no_duration() -> None:
    assert text.duration(1_000, None) == ""


@pytest.mark.parametrize(("count", "shown"), [(0, "0 B"), (999, "999 B"), (1_400, "1.4 KB"), (5_000_000, "5.0 MB")])
def test_sizes_have_units(count: int, shown: str) -> None:
    assert text.size(count) == shown


def test_a_curve_spans_all_bars() -> None:
    assert text.sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert text.sparkline([7, 0]) == "█▁"


def test_a_flat_curve_is_a_line() -> None:
    assert len(set(text.sparkline([2.0] * 5))) == 1


def test_a_long_curve_keeps_its_end_and_its_width() -> None:
    drawn = text.sparkline([1.0] * 999 + [0.0], columns=20)
    assert len(drawn) == 20
    assert drawn[-1] == "▁"


@pytest.mark.parametrize("values", [[math.nan, 1.0, 2.0], [-1e308, 1e308], [math.inf, 0.0, 1.0], [-math.inf, 5.0]])
def test_a_curve_with_extremes_is_drawn(values: list[float]) -> None:
    assert len(text.sparkline(values)) == len(values)


def test_a_curve_of_nothing_is_empty() -> None:
    assert text.sparkline([]) == ""
    assert text.sparkline([math.nan]) == ""


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plain ünï 日本", "plain ünï 日本"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\u202eabc", "\\u202eabc"),
    ],
)
def test_what_is_not_printable_is_written_out(given: str, shown: str) -> None:
    assert text.printable(given) == shown


def test_wide_characters_take_two_columns() -> None:
    assert text.width("日本") == 4
    assert text.width("a\u0301b") == 2
    assert text.clip("日本語", 5) == "日本…"
    assert text.clip("abcdef", 4) == "abc…"


@pytest.mark.parametrize(("age", "seconds"), [("45s", 45), ("1.5m", 90), ("2h", 7200), ("30d", 2_592_000)])
def test_ages_are_read(age: str, seconds: float) -> None:
    assert text.parse_age(age) == seconds


@pytest.mark.parametrize("age", ["", "d", "30", "x30d", "-1d", "1.2.3h", "nand", "1e3s"])
def test_ages_that_make_no_sense_are_refused(age: str) -> None:
    with pytest.raises(ValueError, match="not an age"):
        text.parse_age(age)
