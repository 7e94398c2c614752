"""docs/selfie_segmentation.ipynb runs from top to bottom, and what is stored in it is of such a run."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import nbformat
import numpy as np
import numpy.typing as npt
import pytest
from nbclient import NotebookClient

import selfieseg_engine

NOTEBOOK = Path(__file__).resolve().parents[3] / "docs" / "selfie_segmentation.ipynb"
FIGURES = 10
MOST_BYTES = 1_000_000


def read_notebook() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)


def outputs_of(notebook: Any) -> Iterator[Any]:
    for cell in notebook.cells:
        yield from cell.get("outputs", ())


def figures_of(notebook: Any) -> list[npt.NDArray[Any]]:
    found = []
    for output in outputs_of(notebook):
        content = output.get("data", {}).get("image/jpeg")
        if content is not None:
            figure = cv2.imdecode(np.frombuffer(base64.b64decode(content), np.uint8), cv2.IMREAD_COLOR)
            assert figure is not None
            found.append(figure)
    return found


def printed(notebook: Any) -> str:
    return "".join(output.text for output in outputs_of(notebook) if output.output_type == "stream")


@pytest.fixture(scope="module")
def run_again(weights_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the notebook with the outputs of a run of today, in a folder that it must leave empty."""
    folder, data = tmp_path_factory.mktemp("notebook"), tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SELFIESEG_MODEL_PATH", str(weights_folder))
        patch.setenv("SELFIESEG_DATA_DIR", str(data))
        patch.setenv("PYTHONPATH", str(Path(selfieseg_engine.__file__).parents[1]))
        patch.setenv("TMPDIR", str(data))
        for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
            patch.setenv(name, str(data / name.lower()))
        notebook = read_notebook()
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        resources = {"metadata": {"path": str(folder)}}
        NotebookClient(notebook, timeout=240, kernel_name="python3", resources=resources).execute()
    assert list(folder.iterdir()) == []
    return notebook


def test_it_runs_from_top_to_bottom(run_again: Any) -> None:
    told = printed(run_again)
    assert "selfie_segmentation_landscape on CPU" in told
    assert "matte: float32 (512, 512), 0 to 1" in told
    assert re.search(r"^[3-6]\d% of the picture is the person$", told, re.MULTILINE)
    assert "uint8 (512, 512, 4), alpha 0 to 255" in told
    assert re.search(r"^first frame .* then median [\d.]+ ms", told, re.MULTILINE)
    assert "48 frames, libx264" in told
    assert [output for output in outputs_of(run_again) if output.output_type == "error"] == []
    assert [output.text for output in outputs_of(run_again) if output.get("name") == "stderr"] == []


def test_every_figure_shows_something(run_again: Any) -> None:
    figures = figures_of(run_again)
    assert len(figures) == FIGURES
    for figure in figures:
        assert figure.std() > 20


def test_what_is_stored_is_of_a_whole_run() -> None:
    notebook = read_notebook()
    nbformat.validate(notebook)
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    assert [output for output in outputs_of(notebook) if output.output_type == "error"] == []
    assert "48 frames, libx264" in printed(notebook)
    assert len(figures_of(notebook)) == FIGURES


def test_what_is_stored_is_small_and_tells_nothing_of_the_machine() -> None:
    content = NOTEBOOK.read_text(encoding="utf-8")
    assert len(content) < MOST_BYTES
    assert not re.search(r"/(home|root|tmp|work|Users)/", content)
    assert "stderr" not in content


def test_links_lead_to_files() -> None:
    text = "".join(cell.source for cell in read_notebook().cells if cell.cell_type == "markdown")
    targets = re.findall(r"\]\(([^)#]+)", text)
    assert targets
    for target in targets:
        assert (NOTEBOOK.parent / target).is_file(), target
