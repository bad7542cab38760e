"""Views outlive the store object, and two processes that save one are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from runyard.errors import Conflict
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_sql.tracking import open_store


def test_views_are_there_when_the_store_is_opened_again(emptied_uri: str, tmp_path: Path) -> None:
    uri, settings = Uri.parse(emptied_uri), Settings(root=tmp_path)
    store = open_store(uri, settings)
    made = store.save_view("v1", name="größte Runde", experiment_ids=["0"], state='{"a": [1, "é"]}', user_id="ada")
    store.close()
    again = open_store(uri, settings)
    assert again.get_view("v1") == made
    assert list(again.list_views("0")) == [made]
    again.close()


def test_one_who_saves_an_old_revision_is_told(emptied_uri: str, tmp_path: Path) -> None:
    uri, settings = Uri.parse(emptied_uri), Settings(root=tmp_path)
    one, other = open_store(uri, settings), open_store(uri, settings)
    first = one.save_view("v1", name="v", experiment_ids=[], state="{}")
    other.save_view("v1", name="v", experiment_ids=["0"], state="[1]", revision=first.revision)
    with pytest.raises(Conflict, match="the last one is 2"):
        one.save_view("v1", name="v", experiment_ids=[], state="[2]", revision=first.revision)
    assert one.get_view("v1").state == "[1]"
    one.close()
    other.close()
