"""Texts, dictionaries, figures and images become the artifacts that MLflow would make of them."""

from __future__ import annotations

import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import matplotlib as mpl
import numpy as np
import PIL.Image
import pytest
import yaml

from runyard.errors import InvalidInput, NotFound
from runyard.testing.memory.artifacts import MemoryArtifactStore
from runyard.tracking.images import Image
from runyard.tracking.media import log_dict, log_figure, log_image, log_stream, log_text

mpl.use("Agg")


@pytest.fixture
def store(tmp_path: Path) -> MemoryArtifactStore:
    return MemoryArtifactStore(f"memory:{tmp_path}")


def content(store: MemoryArtifactStore, path: str) -> bytes:
    return store.open(path).read()


def picture(store: MemoryArtifactStore, path: str) -> PIL.Image.Image:
    return PIL.Image.open(BytesIO(content(store, path)))


class TestText:
    def test_text_is_utf8_and_keeps_its_line_ends(self, store: MemoryArtifactStore) -> None:
        log_text(store, "Größe\r\n日本\n", "notes/a.txt")
        assert content(store, "notes/a.txt") == "Größe\r\n日本\n".encode()

    def test_bytes_are_no_text(self, store: MemoryArtifactStore) -> None:
        with pytest.raises(InvalidInput, match="log_stream"):
            log_text(store, b"x", "a.txt")  # type: ignore[arg-type]

    def test_a_stream_is_kept_as_it_is(self, store: MemoryArtifactStore) -> None:
        log_stream(store, BytesIO(b"\0\xff"), "a.bin")
        assert content(store, "a.bin") == b"\0\xff"


class TestDict:
    VALUE: ClassVar[dict[str, Any]] = {"a": [1, 2.5, None, True], "b": {"c": "ü"}}

    @pytest.mark.parametrize("name", ["a.json", "a", "a.txt"])
    def test_it_is_json_unless_the_name_says_otherwise(self, store: MemoryArtifactStore, name: str) -> None:
        log_dict(store, self.VALUE, name)
        assert json.loads(content(store, name)) == self.VALUE

    @pytest.mark.parametrize("name", ["a.yml", "a.yaml", "a.YAML"])
    def test_it_is_yaml_where_the_name_says_so(self, store: MemoryArtifactStore, name: str) -> None:
        log_dict(store, self.VALUE, name)
        assert yaml.safe_load(content(store, name)) == self.VALUE
        assert b"{" not in content(store, name)

    @pytest.mark.parametrize("name", ["a.json", "a.yaml"])
    def test_what_neither_has_becomes_text(self, store: MemoryArtifactStore, name: str) -> None:
        log_dict(store, {"path": Path("x/y"), "type": np.float32}, name)
        loaded = yaml.safe_load(content(store, name))
        assert loaded == {"path": "x/y", "type": "<class 'numpy.float32'>"}


class TestFigure:
    @pytest.mark.parametrize(
        ("name", "start"), [("a.png", b"\x89PNG"), ("plots/a.pdf", b"%PDF"), ("a.svg", b"<?xml"), ("a", b"\x89PNG")]
    )
    def test_a_matplotlib_figure_is_drawn_in_the_format_of_its_name(
        self, store: MemoryArtifactStore, name: str, start: bytes
    ) -> None:
        from matplotlib.figure import Figure

        figure = Figure()
        figure.subplots().plot([1, 2, 3])
        log_figure(store, figure, name)
        assert content(store, name).startswith(start)

    def test_options_reach_the_figure(self, store: MemoryArtifactStore) -> None:
        from matplotlib.figure import Figure

        log_figure(store, Figure(figsize=(2, 1)), "a.png", save_kwargs={"dpi": 50})
        assert picture(store, "a.png").size == (100, 50)

    def test_a_plotly_figure_is_html_or_a_picture(self, store: MemoryArtifactStore) -> None:
        class Plot:
            """What plotly's figures have."""

            def to_html(self, **options: Any) -> str:
                return f"<html>{sorted(options.items())}</html>"

            def to_image(self, **options: Any) -> bytes:
                return str(options["format"]).encode()

            def write_html(self, path: str) -> None:
                raise NotImplementedError

        log_figure(store, Plot(), "a.html", save_kwargs={"auto_open": False})
        log_figure(store, Plot(), "a.webp")
        assert content(store, "a.html") == b"<html>[('include_plotlyjs', 'cdn')]</html>"
        assert content(store, "a.webp") == b"webp"
        with pytest.raises(InvalidInput, match=r"'\.xls'"):
            log_figure(store, Plot(), "a.xls")

    def test_anything_else_is_refused(self, store: MemoryArtifactStore) -> None:
        with pytest.raises(InvalidInput, match="got list"):
            log_figure(store, [1, 2], "a.png")
        assert store.list() == []


class TestImage:
    @pytest.mark.parametrize(
        ("array", "mode"),
        [
            (np.zeros((4, 6), dtype=np.uint8), "L"),
            (np.full((4, 6, 1), 255, dtype=np.int64), "L"),
            (np.full((4, 6, 3), 7, dtype=np.int32), "RGB"),
            (np.full((4, 6, 4), 0.5), "RGBA"),
            (np.ones((4, 6), dtype=bool), "L"),
            (np.full((4, 6, 3), 1, dtype=np.float16), "RGB"),
        ],
    )
    def test_an_array_is_a_picture(self, store: MemoryArtifactStore, array: np.ndarray[Any, Any], mode: str) -> None:
        log_image(store, array, "a.png")
        stored = picture(store, "a.png")
        scale = 1 if array.dtype.kind in "iu" else 255
        assert (stored.size, stored.mode) == ((6, 4), mode)
        assert np.array(stored).ravel().tolist() == (array.ravel() * scale).astype(np.uint8).tolist()

    @pytest.mark.parametrize(
        ("array", "problem"),
        [
            (np.full((4, 4), 256), "between 0 and 255, got 256 to 256"),
            (np.full((4, 4), -1), "between 0 and 255"),
            (np.zeros((4, 4, 2)), r"shape \(4, 4, 2\)"),
            (np.zeros(4), "height x width"),
            (np.zeros((0, 4)), "height x width"),
            (np.full((4, 4), "x"), "got <U1"),
            (np.full((4, 4), np.nan), "finite"),
        ],
    )
    def test_an_array_that_is_no_picture_is_refused(
        self, store: MemoryArtifactStore, array: np.ndarray[Any, Any], problem: str
    ) -> None:
        with pytest.raises(InvalidInput, match=problem):
            log_image(store, array, "a.png")
        assert store.list() == []

    def test_floats_out_of_range_are_rescaled_with_a_warning(self, store: MemoryArtifactStore) -> None:
        with pytest.warns(UserWarning, match="rescaled"):
            log_image(store, np.array([[-1.0, 0.0], [1.0, 3.0]]), "a.png")
        assert np.array(picture(store, "a.png")).tolist() == [[0, 63], [127, 255]]

    @pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.JPEG", "a.webp", "a.bmp"])
    def test_a_pil_image_is_stored_in_the_format_of_its_name(self, store: MemoryArtifactStore, name: str) -> None:
        log_image(store, PIL.Image.new("RGB", (8, 4), "red"), name)
        assert picture(store, name).size == (8, 4)

    @pytest.mark.parametrize("name", ["a.xyz", "a"])
    def test_an_unknown_format_is_refused(self, store: MemoryArtifactStore, name: str) -> None:
        with pytest.raises(InvalidInput, match="unknown image format"):
            log_image(store, PIL.Image.new("RGB", (8, 4)), name)

    def test_a_format_that_lacks_transparency_says_so(self, store: MemoryArtifactStore) -> None:
        with pytest.raises(InvalidInput, match=r"cannot store this image as 'a\.jpg'"):
            log_image(store, PIL.Image.new("RGBA", (8, 4)), "a.jpg")

    def test_an_image_of_a_series_is_kept_by_key_and_step_with_a_preview(self, store: MemoryArtifactStore) -> None:
        tags: dict[str, str] = {}
        log_image(
            store,
            PIL.Image.new("RGB", (1024, 512)),
            key="val/dogs",
            step=3,
            timestamp=99,
            set_tag=tags.__setitem__,
        )
        full, small = sorted((info.path for info in store.list("images")), key=len)
        name = r"images/val~dogs\+step\+3\+timestamp\+99\+[0-9a-f-]{36}"
        assert re.fullmatch(name + r"\.png", full)
        assert small == full.removesuffix(".png") + "+compressed.webp"
        assert picture(store, full).size == (1024, 512)
        assert (picture(store, small).size, picture(store, small).format) == ((256, 128), "WEBP")
        assert tags == {"mlflow.loggedImages": "True"}

    def test_a_picture_of_one_line_has_a_preview_too(self, store: MemoryArtifactStore) -> None:
        log_image(store, PIL.Image.new("L", (5000, 1)), key="line")
        assert {picture(store, info.path).size for info in store.list("images")} == {(5000, 1), (256, 1)}

    @pytest.mark.parametrize("key", ["a+b", "", "x:y", 3])
    def test_a_key_that_would_not_be_found_again_is_refused(self, store: MemoryArtifactStore, key: object) -> None:
        with pytest.raises(InvalidInput, match="image key"):
            log_image(store, PIL.Image.new("L", (2, 2)), key=key)  # type: ignore[arg-type]

    def test_a_name_and_a_key_exclude_each_other(self, store: MemoryArtifactStore) -> None:
        with pytest.raises(InvalidInput, match="not both"):
            log_image(store, PIL.Image.new("L", (2, 2)), "a.png", step=1)
        with pytest.raises(InvalidInput, match="needs artifact_file"):
            log_image(store, PIL.Image.new("L", (2, 2)))

    def test_what_is_no_image_is_refused(self, store: MemoryArtifactStore) -> None:
        with pytest.raises(InvalidInput, match="got str"):
            log_image(store, "a.png", "a.png")


class TestImageObject:
    def test_it_takes_lists_arrays_pictures_and_files(self, store: MemoryArtifactStore, tmp_path: Path) -> None:
        PIL.Image.new("L", (2, 1), 9).save(tmp_path / "a.png")
        for image in (
            [[9, 9]],
            np.full((1, 2), 9, dtype=np.uint8),
            PIL.Image.new("L", (2, 1), 9),
            str(tmp_path / "a.png"),
            tmp_path / "a.png",
        ):
            assert Image(image).size == (2, 1)
            assert Image(image).to_list() == [9, 9]
            log_image(store, Image(image), "a.png")
            assert np.array(picture(store, "a.png")).tolist() == [[9, 9]]

    def test_a_file_that_is_no_image_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "a.png").write_text("no image")
        with pytest.raises(InvalidInput, match="no image that can be read"):
            Image(tmp_path / "a.png")
        with pytest.raises(NotFound, match="no image file"):
            Image(tmp_path / "b.png")

    def test_its_pixels_are_tuples_where_it_has_colours(self) -> None:
        image = Image(PIL.Image.new("RGB", (2, 1), (1, 2, 3)))
        assert image.to_list() == [(1, 2, 3), (1, 2, 3)]
        assert image.to_array().shape == (1, 2, 3)
        assert image.resize((4, 4)).size == (4, 4)
