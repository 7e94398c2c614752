"""Models are listed, downloaded and exchanged while mattes go on."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from selfieseg_wire.messages import Error, Matte, Models, Open, Opened, Progress
from tests.engine.conftest import SHARED_MODELS
from tests.engine.harness import LOAD_SECONDS, Engine, FilterClient, StartEngine, U8Image, wait_until
from tests.engine.slow_download import SlowModel

GENERAL, LANDSCAPE = "selfie_segmentation", "selfie_segmentation_landscape"
WEIGHTS = SHARED_MODELS / "selfie_segmentation.tflite"
SLOW = "slow_model"
SWITCHES = 100
# Each twenty switches go to each of them as often: layouts, sizes, formats, and one that remembers its mask.
VARIED = (LANDSCAPE, GENERAL, "mobilenetv3", "portraitnet_video_i8", "sinet")

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def slow_model(tmp_path: Path) -> Iterator[SlowModel]:
    if not WEIGHTS.is_file():
        pytest.skip(f"needs {WEIGHTS}, which is not here")
    model = SlowModel(tmp_path, SLOW, WEIGHTS.read_bytes())
    with model.server.running():
        yield model


@pytest.fixture
def slow_engine(start_engine: StartEngine, real_model: str, slow_model: SlowModel, tmp_path: Path) -> Engine:
    """An engine that knows the slow model, with a data directory that has nothing of it."""
    engine = start_engine(**slow_model.environment, SELFIESEG_DATA_DIR=str(tmp_path / "data"))
    engine.wait_until_listening()
    return engine


class Listener:
    """A filter that goes on asking for mattes, and sorts what else is answered."""

    def __init__(self, client: FilterClient, rgb: U8Image) -> None:
        self._client = client
        self._rgb = rgb
        self.progress: list[Progress] = []
        self.opened: list[Opened] = []
        self.errors: list[Error] = []
        self.models: list[Models] = []
        self.mattes = 0

    def ask_matte(self) -> None:
        """Send a frame and take everything up to its matte."""
        self._client.client.send(self._client.put(self._rgb, 0))
        while True:
            message = self._client.client.receive(LOAD_SECONDS)
            assert message is not None, "no matte"
            if isinstance(message, Progress):
                self.progress.append(message)
            elif isinstance(message, Opened):
                self.opened.append(message)
            elif isinstance(message, Error):
                self.errors.append(message)
            elif isinstance(message, Models):
                self.models.append(message)
            elif isinstance(message, Matte):
                self.mattes += 1
                return

    def has_matte(self) -> bool:
        """Ask for a matte."""
        self.ask_matte()
        return True

    def go_on_until(self, condition: Callable[[], object], what: str) -> None:
        """Ask for mattes until something is so."""

        def is_so() -> object:
            self.ask_matte()
            return condition()

        wait_until(is_so, LOAD_SECONDS, what)


def test_whoever_is_welcome_hears_which_models_there_are(engine: Engine, real_model: str) -> None:
    for name in ("first", "second"):
        with engine.client(name) as client:
            rows = {row.id: row for row in client.wait_for(Models, LOAD_SECONDS).rows}
        assert rows[real_model].at_hand
        assert rows[real_model].gives_matte
        assert rows["selfie_multiclass_256x256"].gives_classes


def test_the_old_model_goes_on_until_the_downloaded_one_is_warm(
    slow_engine: Engine, slow_model: SlowModel, astronaut_rgb: U8Image
) -> None:
    size = len(slow_model.server.content)
    with slow_engine.filter(model=LANDSCAPE) as client:
        listener = Listener(client, astronaut_rgb)
        client.configure("", SLOW)
        listener.go_on_until(lambda: len(listener.progress) > 3, "a download's progress")
        # 0: before the server has answered nobody knows.
        told = {(each.session, each.model, each.total_bytes) for each in listener.progress}
        assert told - {(1, SLOW, 0)} == {(1, SLOW, size)}
        assert 0 < listener.progress[-1].done_bytes <= size // 2
        assert (listener.opened, listener.errors) == ([], [])

        slow_model.server.go_on.set()
        before = listener.mattes
        listener.go_on_until(lambda: listener.opened, "the new model")
        assert [each.model for each in listener.opened] == [SLOW]
        listener.ask_matte()
        assert listener.mattes > before

        def is_at_hand() -> bool:
            return any(row.id == SLOW and row.at_hand for models in listener.models for row in models.rows)

        listener.go_on_until(is_at_hand, "the list that has it at hand")


def test_the_first_model_tells_of_its_download_too(
    slow_engine: Engine, slow_model: SlowModel, run_dir: Path
) -> None:
    client = FilterClient(slow_engine.client("test filter"), run_dir)
    try:
        client.client.send(Open(1, "cam", str(client.region.path), SLOW, "CPU"))
        progress = client.client.wait_for(Progress, 30)
        assert (progress.session, progress.model) == (1, SLOW)
        slow_model.server.go_on.set()
        assert client.client.wait_for(Opened, LOAD_SECONDS).model == SLOW
    finally:
        client.close(says_so=False)


def test_another_file_than_the_right_one_changes_nothing(
    slow_engine: Engine, slow_model: SlowModel, astronaut_rgb: U8Image
) -> None:
    right = slow_model.server.content
    slow_model.server.content = right[:-1] + bytes([right[-1] ^ 1])
    slow_model.server.go_on.set()
    with slow_engine.filter(model=LANDSCAPE) as client:
        listener = Listener(client, astronaut_rgb)
        client.configure("", SLOW)
        listener.go_on_until(lambda: listener.errors, "the refusal")
        [error] = listener.errors
        assert error.code in ("model_wrong_hash", "model_not_obtained")
        assert error.remedy
        listener.ask_matte()
        client.configure("", GENERAL)
        listener.go_on_until(lambda: listener.opened, "a model that can be had")
        assert [each.model for each in listener.opened] == [GENERAL]


def test_a_hundred_switches_under_load_keep_memory_flat(engine: Engine, astronaut_rgb: U8Image) -> None:
    process = engine.figures()
    with engine.client() as asker:
        at_hand = {row.id for row in asker.wait_for(Models, LOAD_SECONDS).rows if row.at_hand}
    models = VARIED if at_hand.issuperset(VARIED) else VARIED[:2]
    with engine.filter(1, LANDSCAPE) as client, engine.filter(2, LANDSCAPE) as other:
        listener, load = Listener(client, astronaut_rgb), Listener(other, astronaut_rgb)
        memory = []
        for number in range(SWITCHES):
            wanted = models[(number + 1) % len(models)]
            client.configure("", wanted)
            listener.opened.clear()
            listener.go_on_until(lambda: load.has_matte() and listener.opened, f"switch {number}")
            assert [each.model for each in listener.opened] == [wanted]
            memory.append(process.memory_info().rss)
        assert (listener.errors, load.errors, load.opened) == ([], [], [])
        assert listener.mattes >= SWITCHES
        early, late = statistics.mean(memory[20:40]), statistics.mean(memory[-20:])
        assert late - early < 8 * 2**20, f"{(late - early) / 2**20:.1f} MB in {SWITCHES - 40} switches"
