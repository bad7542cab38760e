"""Regular expressions: what they match, what is refused, and that they end."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.errors import QueryError
from runyard.query.like import like_matcher
from runyard.query.regex import matcher, parse_regex, to_pcre, to_postgres

PIECES = [
    "a",
    "b",
    "ab",
    ".",
    "[a-c]",
    "[^ab]",
    r"\d",
    r"\w",
    r"\S",
    r"\.",
    "é",
    "(a|b)",
    "(?:ab|)",
    "^",
    "$",
    r"\n",
    "1",
]
REPEATS = ["", "", "*", "+", "?", "{2}", "{1,3}", "{0,}", "+?"]
parts = st.tuples(st.sampled_from(PIECES), st.sampled_from(REPEATS)).map(
    lambda part: part[0] if part[0] in {"^", "$"} else "".join(part)
)
expressions = st.lists(st.lists(parts, max_size=4).map("".join), min_size=1, max_size=3).map("|".join)


@given(expression=expressions, text=st.text("ab1é.\n ", max_size=8))
def test_a_match_is_what_python_finds(expression: str, text: str) -> None:
    python = expression.replace("$", r"\Z")
    assert matcher(expression).search(text) == bool(re.search(python, text, re.ASCII))


@given(expression=expressions, text=st.text("ab1é.\n ", max_size=8))
def test_the_expression_for_databases_means_the_same(expression: str, text: str) -> None:
    pcre = to_pcre(parse_regex(expression))
    rendered = re.sub(r"\\x\{([0-9A-F]+)\}", lambda found: f"\\U{int(found[1], 16):08x}", pcre)
    assert matcher(expression).search(text) == bool(re.search(rendered.replace("\\z", "\\Z"), text))


def test_postgresql_gets_every_character_spelled_out() -> None:
    assert to_postgres(parse_regex("a.[x-z]é{2,}(b|😀)")) == (
        "a[\\u0001-\\u0009\\u000B-\\U0010FFFF][x-z]\\u00E9{2,}(?:b|\\U0001F600)"
    )


@pytest.mark.parametrize(
    "expression", ["(a+)+$", "(a|a)*b", "a*a*a*a*a*a*b", "(.*)(.*)(.*)(.*)x", "(?:(?:a{1,9}){1,9}){1,9}c"]
)
def test_no_expression_takes_more_than_its_texts_length(expression: str) -> None:
    started = time.process_time()
    matcher(expression).search("a" * 20_000 + "!")
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("expression", "position", "part"),
    [
        ("a(?=b)", 1, "look-around"),
        ("(?<!a)b", 0, "look-around"),
        (r"(a)\1", 3, "references"),
        ("(?i)a", 0, "ILIKE"),
        ("(?P<x>a)", 0, "named"),
        (r"\bword", 0, "word boundaries"),
        (r"\Ax", 0, "write ^"),
        (r"\p{L}", 0, "write a class"),
        ("[[:alpha:]]", 1, "named classes"),
        ("*a", 0, "nothing to repeat"),
        ("^*", 1, "nothing to repeat"),
        ("a**", 2, "follows another"),
        ("a{2,1}", 1, "{1,2}"),
        ("a{256}", 1, "255"),
        ("a{x}", 1, "must be {m}"),
        ("(a", 0, "not closed"),
        ("a)", 1, "no group is open"),
        ("[a", 0, "not closed"),
        ("[z-a]", 1, "wrong order"),
        (r"[\d-z]", 1, "one character on each side"),
        ("a\\", 1, "ends the expression"),
        ("(" * 200 + ")" * 200, 31, "nested"),
        ("((a{200}){200}){200}", 0, "too large"),
    ],
)
def test_what_is_not_the_same_everywhere_is_refused(expression: str, position: int, part: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_regex(expression)
    assert (caught.value.position, part in str(caught.value)) == (position, True)


@pytest.mark.parametrize(
    ("pattern", "text", "like", "ilike"),
    [
        ("a%", "abc", True, True),
        ("A%", "abc", False, True),
        ("%", "", True, True),
        ("_", "", False, False),
        ("a_c", "a\nc", True, True),
        (r"a\%", r"a\x", True, True),
        ("ä", "Ä", False, True),
        ("ß", "SS", False, False),
        ("k", "\u212a", False, False),
        ("a.c", "abc", False, False),
    ],
)
def test_like_minds_case_and_ilike_does_not(pattern: str, text: str, like: bool, ilike: bool) -> None:
    assert like_matcher(pattern, ignore_case=False).search(text) is like
    assert like_matcher(pattern, ignore_case=True).search(text) is ilike
