"""Matches a regular expression in linear time: a nondeterministic automaton, made deterministic as texts need it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import attrs

from runyard.query.regex.parser import parse_regex
from runyard.query.regex.tree import ANY, Chars, Choice, End, Pattern, Repeat, Series

MAX_STEPS = 20_000  # remembered transitions of one matcher


@attrs.define
class _Node:
    """A state: at most one step over a character, or steps over nothing, which may be tied to an end of the text."""

    chars: Chars | None = None
    following: list[int] = attrs.field(factory=list)
    end: End | None = None


@attrs.define(eq=False)
class _State:
    """A set of nodes, and where each character seen so far leads."""

    nodes: frozenset[int]
    matched: bool
    matched_at_end: bool
    moves: dict[str, _State] = attrs.field(factory=dict)


class Matcher:
    """Says whether an expression matches anywhere in a text."""

    def __init__(self, pattern: Pattern) -> None:
        self._nodes: list[_Node] = []
        self._goal = self._add(_Node())
        first = self._build(pattern, self._goal)
        loop = self._add(_Node())
        skip = self._add(_Node(chars=ANY, following=[loop]))
        self._nodes[loop].following = [first, skip]
        self._first = loop
        self._reset()

    def search(self, text: str) -> bool:
        state = self._start
        for char in text:
            if state.matched:
                return True
            state = state.moves.get(char) or self._move(state, char)
        return state.matched_at_end

    def _reset(self) -> None:
        self._states: dict[frozenset[int], _State] = {}
        self._steps = 0
        self._start = self._state([self._first], at_start=True)

    def _add(self, node: _Node) -> int:
        self._nodes.append(node)
        return len(self._nodes) - 1

    def _build(self, pattern: Pattern, goal: int) -> int:
        """The node from which a pattern leads to a goal."""
        match pattern:
            case Chars():
                return self._add(_Node(chars=pattern, following=[goal]))
            case End():
                return self._add(_Node(end=pattern, following=[goal]))
            case Series(items):
                for item in reversed(items):
                    goal = self._build(item, goal)
                return goal
            case Choice(branches):
                return self._add(_Node(following=[self._build(branch, goal) for branch in branches]))
            case Repeat(item, low, high):
                return self._build_repeat(item, low, high, goal)

    def _build_repeat(self, item: Pattern, low: int, high: int | None, goal: int) -> int:
        if high is None:
            again = self._add(_Node())
            self._nodes[again].following = [self._build(item, again), goal]
            goal = again
        else:
            done = goal
            for _ in range(high - low):
                goal = self._add(_Node(following=[self._build(item, goal), done]))
        for _ in range(low):
            goal = self._build(item, goal)
        return goal

    def _state(self, nodes: Iterable[int], *, at_start: bool) -> _State:
        found = list(nodes)
        reached = self._closure(found, at_start=at_start, at_end=False)
        at_end = self._closure(found, at_start=at_start, at_end=True)
        return _State(reached, self._goal in reached, self._goal in at_end)

    def _closure(self, nodes: Iterable[int], *, at_start: bool, at_end: bool) -> frozenset[int]:
        reached: set[int] = set()
        waiting = list(nodes)
        while waiting:
            number = waiting.pop()
            if number in reached:
                continue
            reached.add(number)
            node = self._nodes[number]
            if node.chars is None and (node.end is None or (at_start if node.end.start else at_end)):
                waiting.extend(node.following)
        return frozenset(reached)

    def _move(self, state: _State, char: str) -> _State:
        code = ord(char)
        nodes = frozenset(
            following
            for node in map(self._nodes.__getitem__, state.nodes)
            if node.chars is not None and code in node.chars
            for following in node.following
        )
        if self._steps >= MAX_STEPS:
            self._reset()
        self._steps += 1
        known = self._states.get(nodes)
        if known is None:
            known = self._states[nodes] = self._state(nodes, at_start=False)
        state.moves[char] = known
        return known


@lru_cache(maxsize=128)
def matcher(text: str) -> Matcher:
    """The matcher of a regular expression as it is written in a filter."""
    return Matcher(parse_regex(text))
