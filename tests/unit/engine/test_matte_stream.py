"""The stream of one session, with a model that sees what is bright."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.matte.levels import as_probability
from selfieseg_engine.matte.resize import stretch
from selfieseg_engine.matte_stream import (
    LEAD_FRAMES,
    LONGEST_PAUSE_NS,
    SETTLING_MATTES,
    MatteStream,
    MatteWish,
    StreamMatte,
)

U8Image = npt.NDArray[np.uint8]
MODEL, WORK = (256, 144), (512, 288)
FRAME_NS = 33_333_333
RAW = MatteWish(refine_edges=False, smoothing=0, looks_near=False)
STEADY = MatteWish(refine_edges=False, smoothing=0.5, looks_near=False)
# As a session wishes: see SessionEffects.matte_wish.
IN_OBS = MatteWish(leads=True, pauses=True)


class Model:
    """Answers the third channel, 100 … 200 as 0 … 255; keeps what it was shown."""

    def __init__(self) -> None:
        self.shown: list[U8Image] = []

    def __call__(self, picture: U8Image) -> U8Image:
        assert picture.shape[1::-1] == MODEL
        self.shown.append(picture.copy())
        return np.asarray(np.clip((picture[..., 2].astype(np.float32) - 100) * 2.55, 0, 255), np.uint8)

    @property
    def runs(self) -> int:
        return len(self.shown)


class Camera:
    """A person (a bright disc) before a textured wall: uint8 288x512x4 RGBX, in the model's order."""

    def __init__(self, sigma: float = 0.0) -> None:
        random = np.random.default_rng(1)
        wall = cv2.GaussianBlur(random.integers(0, 256, (288, 512, 3), np.uint8), (0, 0), 5)
        self._wall = np.clip((wall.astype(np.float32) - 127) * 2 + 60, 0, 95)
        skin = cv2.GaussianBlur(random.integers(0, 256, (160, 160, 3), np.uint8), (0, 0), 5)
        self._skin = np.clip((skin.astype(np.float32) - 127) * 2 + 220, 205, 240)
        self._noise = random
        self._sigma = sigma

    def picture(self, x: int = 256, y: int = 150, radius: int = 60) -> U8Image:
        frame = self._wall.copy()
        there = self.truth(x, y, radius) > 127
        rows, columns = np.nonzero(there)
        frame[rows, columns] = self._skin[(rows - y) % 160, (columns - x) % 160]
        if self._sigma:
            frame += self._noise.normal(0, self._sigma, frame.shape)
        return np.dstack([np.clip(frame, 0, 255), np.zeros((288, 512))]).astype(np.uint8)

    @staticmethod
    def truth(x: int = 256, y: int = 150, radius: int = 60) -> U8Image:
        truth = np.zeros((288, 512), np.uint8)
        cv2.circle(truth, (x, y), radius, 255, -1)
        return truth


class Scene:
    """A stream, its model, its camera, and the clock."""

    def __init__(self, wish: MatteWish, sigma: float = 0.0) -> None:
        self.model, self.camera = Model(), Camera(sigma)
        self.stream = MatteStream(MODEL, wish)
        self.t_ns = 1_000_000_000

    def see(self, picture: U8Image | None = None, after_ns: int = FRAME_NS) -> StreamMatte:
        """Take the next picture, by default a new one of who stands still."""
        self.t_ns += after_ns
        picture = self.camera.picture() if picture is None else picture
        return self.stream.matte(picture, self.t_ns, self.model)

    def settle(self, pictures: int = 30) -> None:
        for _ in range(pictures):
            self.see()


def middle_x(matte: U8Image) -> float:
    """Return the x of who is in a matte, in pixels of the work frame."""
    middles = np.arange(matte.shape[1]) + 0.5
    middle = float(np.average(middles, weights=matte.astype(float).sum(axis=0)))
    return float(middle * WORK[0] / matte.shape[1])


def off(matte: U8Image, truth: U8Image) -> float:
    return float(np.abs(matte.astype(int) - truth).mean())


# What is made of a mask


@pytest.mark.parametrize("pauses", [False, True])
def test_raw_is_the_models_own_mask_bit_by_bit(pauses: bool) -> None:
    scene = Scene(replace(RAW, pauses=pauses), sigma=2)
    for x in (200, 210, 260):
        picture = scene.camera.picture(x)
        made = scene.see(picture)
        assert made == StreamMatte(made.matte, is_new=True, lead_ns=0)
        assert np.array_equal(made.matte, Model()(stretch(picture, MODEL)))


def test_what_is_raw() -> None:
    assert RAW.is_raw
    assert replace(RAW, pauses=True, looks_near=True).is_raw
    for change in ({"refine_edges": True}, {"smoothing": 0.1}, {"leads": True}):
        assert not replace(RAW, **change).is_raw


@pytest.mark.parametrize(
    ("wish", "size"), [(RAW, MODEL), (STEADY, MODEL), (MatteWish(), WORK), (MatteWish(smoothing=0), WORK)]
)
def test_refined_mattes_have_the_work_frames_size(wish: MatteWish, size: tuple[int, int]) -> None:
    made = Scene(wish).see()
    assert made.matte.shape == size[::-1]
    assert made.matte.dtype == np.uint8


def test_a_large_frame_has_a_matte_of_the_guides_size() -> None:
    scene = Scene(MatteWish())
    large = np.asarray(cv2.resize(scene.camera.picture(), (1280, 720)), np.uint8)
    assert scene.see(large).matte.shape == (288, 512)


def test_refined_edges_are_nearer_to_the_truth() -> None:
    truth = Camera.truth()
    raw = np.asarray(cv2.resize(Scene(RAW).see().matte, WORK), np.uint8)
    assert off(Scene(MatteWish(smoothing=0)).see().matte, truth) < 0.5 * off(raw, truth)


def test_a_still_persons_matte_is_steadier_than_the_models_masks() -> None:
    changes = {}
    for wish in (RAW, STEADY):
        scene = Scene(wish, sigma=12)
        mattes = np.stack([scene.see().matte for _ in range(20)][8:]).astype(int)
        changes[wish.smoothing] = np.abs(np.diff(mattes, axis=0)).mean()
    assert changes[0.5] < changes[0.0] / 2


def test_a_still_persons_refined_edge_is_steadier_too() -> None:
    """The noise is in the guide as well as in the masks."""
    changes = {}
    for smoothing in (0.0, 0.5):
        scene = Scene(MatteWish(smoothing=smoothing), sigma=6)
        mattes = np.stack([scene.see().matte for _ in range(20)][8:]).astype(int)
        changes[smoothing] = np.abs(np.diff(mattes, axis=0)).mean()
    assert changes[0.5] < changes[0.0] / 3


def test_a_cut_is_believed_at_once() -> None:
    scene = Scene(MatteWish())
    for _ in range(5):
        scene.see()
    other = np.ascontiguousarray(255 - scene.camera.picture()[::-1])
    other[..., 2] = 30
    other[60:160, 350:450, 2] = 230
    made = scene.see(other)
    assert made.matte[80:140, 370:430].min() > 250
    assert made.matte[120:180, 230:290].max() < 5


# Looking near and closer


def test_from_the_first_picture_on_the_model_sees_the_person_near() -> None:
    scene = Scene(MatteWish())
    for _ in range(8):
        scene.see()
    seen = [int((picture[..., 2] > 150).sum()) for picture in scene.model.shown]
    assert len(seen) == 9, "the first picture takes two looks: who is found is looked at near at once"
    assert min(seen[1:]) > 2 * seen[0], "he fills more of what it is shown"
    scene.settle(3)
    assert scene.model.runs == 13, "the tenth look after that at the whole is one at the whole, too"


def test_without_refined_edges_the_model_is_shown_the_whole() -> None:
    scene = Scene(MatteWish())
    scene.settle(5)
    scene.stream.wish = STEADY
    scene.settle(3)
    assert np.array_equal(scene.model.shown[-1], stretch(scene.camera.picture(), MODEL))
    assert not np.array_equal(scene.model.shown[4], scene.model.shown[-1])


def test_looking_near_is_finer() -> None:
    truth = Camera.truth(radius=20)
    errors = {}
    for near in (False, True):
        scene = Scene(MatteWish(smoothing=0, looks_near=near))
        made = [scene.see(scene.camera.picture(radius=20)).matte for _ in range(3)]
        errors[near] = off(made[-1], truth)
    assert errors[True] <= errors[False]


def test_who_is_shown_near_is_put_where_he_is() -> None:
    scene = Scene(MatteWish(smoothing=0))
    for x in (150, 152, 154, 156):
        made = scene.see(scene.camera.picture(x, 120, 40))
        assert middle_x(made.matte) == pytest.approx(x + 0.5, abs=1)
        assert off(made.matte, Camera.truth(x, 120, 40)) < 1.5


def test_the_first_picture_and_the_one_after_a_cut_are_looked_at_closer() -> None:
    scene = Scene(MatteWish(looks_closer=True))

    def float_model(picture: U8Image) -> npt.NDArray[np.float32]:
        return as_probability(scene.model(picture))

    def see(picture: U8Image) -> int:
        before = scene.model.runs
        scene.t_ns += FRAME_NS
        scene.stream.matte(picture, scene.t_ns, float_model)
        return scene.model.runs - before

    assert [see(scene.camera.picture()) for _ in range(3)] == [10, 1, 1]
    other = np.ascontiguousarray(255 - scene.camera.picture()[::-1])
    other[60:160, 350:450, 2] = 230
    assert [see(other) for _ in range(2)] == [10, 1]
    scene.stream.reset()
    assert see(other) == 10


# Pausing


@pytest.mark.parametrize("sigma", [0, 2, 5])
def test_while_the_picture_stands_still_the_model_rests(sigma: float) -> None:
    """Noise or none: at most one frame in ten is inferred."""
    scene = Scene(IN_OBS, sigma)
    made = [scene.see() for _ in range(100)]
    assert sum(each.is_new for each in made) <= 10
    assert made[0].is_new
    if sigma:
        assert [each.is_new for each in made[:5]] == [True] * 4 + [False]
    assert all(np.array_equal(each.matte, made[-1].matte) for each in made[50:60])


def test_without_pauses_every_picture_is_inferred() -> None:
    scene = Scene(replace(IN_OBS, pauses=False))
    assert all(scene.see().is_new for _ in range(12))


def test_no_matte_gets_older_than_the_bound() -> None:
    scene = Scene(IN_OBS, sigma=2)
    scene.settle()
    made_at, news = scene.t_ns, 0
    scene.see(after_ns=LONGEST_PAUSE_NS)  # from the last one inferred it is more than that by now
    made_at = scene.t_ns
    for _ in range(200):
        if scene.see().is_new:
            assert scene.t_ns - made_at > LONGEST_PAUSE_NS
            made_at = scene.t_ns
            news += 1
        assert scene.t_ns - made_at <= LONGEST_PAUSE_NS
    assert news == 3, "6.7 seconds"


def test_motion_is_inferred_in_that_very_picture() -> None:
    scene = Scene(IN_OBS, sigma=2)
    scene.settle()
    assert not scene.see().is_new
    runs = scene.model.runs
    made = scene.see(scene.camera.picture(262))
    assert made.is_new
    assert scene.model.runs > runs
    assert middle_x(made.matte) > middle_x(Camera.truth()) + 2


def test_after_motion_it_settles_anew() -> None:
    scene = Scene(IN_OBS, sigma=2)
    scene.settle()
    scene.see(scene.camera.picture(270))
    news = [scene.see(scene.camera.picture(270)).is_new for _ in range(8)]
    assert news == [True] * (SETTLING_MATTES - 1) + [False] * (8 - SETTLING_MATTES + 1)


def test_the_very_same_picture_is_inferred_once() -> None:
    """A camera of 30 frames a second in an OBS of 60."""
    scene = Scene(IN_OBS)
    news = []
    for x in range(200, 260, 6):
        picture = scene.camera.picture(x)
        news += [scene.see(picture, FRAME_NS // 2).is_new, scene.see(picture, FRAME_NS // 2).is_new]
    assert news == [True, False] * 10


def test_a_still_image_settles_as_a_still_camera_does() -> None:
    """One that comes more often than a slow camera's pictures is no camera's."""
    scene = Scene(IN_OBS)
    news = [scene.see().is_new for _ in range(12)]
    assert news == [True, False, False, True, True, True] + [False] * 6


def test_another_work_size_is_inferred() -> None:
    """Though it looks the same: its mattes have another size."""
    scene = Scene(IN_OBS)
    plain = np.full((288, 512, 4), 220, np.uint8)
    for _ in range(10):
        made = scene.see(plain)
    assert not made.is_new
    made = scene.see(np.ascontiguousarray(plain[:200, :300]))
    assert made.is_new
    assert made.matte.shape == (200, 300)


@pytest.mark.parametrize(
    "other",
    [
        replace(IN_OBS, refine_edges=False),
        replace(IN_OBS, smoothing=0.9),
        replace(IN_OBS, smoothing=0),
        replace(IN_OBS, leads=False),
    ],
)
def test_another_wish_is_followed_at_once(other: MatteWish) -> None:
    scene = Scene(IN_OBS)
    scene.settle()
    scene.stream.wish = replace(scene.stream.wish)
    assert not scene.see().is_new, "the same wish again changes nothing"
    scene.stream.wish = other
    assert scene.see().is_new


def test_after_a_reset_nothing_is_remembered() -> None:
    scene = Scene(IN_OBS)
    scene.settle()
    moved = scene.camera.picture(330)
    scene.stream.reset()
    made = scene.see(moved)
    assert made.is_new
    fresh = Scene(IN_OBS)
    assert np.array_equal(made.matte, fresh.see(moved).matte)


# Leading


def walk(wish: MatteWish, step: int, pictures: int = 12, repeats: int = 1) -> tuple[list[StreamMatte], int]:
    """Let the person walk ``step`` pixels a picture; return the mattes, and the last picture's x."""
    scene, made, x = Scene(wish), [], 150
    for index in range(pictures):
        x = 150 + step * index
        picture = scene.camera.picture(x)
        made += [scene.see(picture, FRAME_NS // repeats) for _ in range(repeats)]
    return made, x


@pytest.mark.parametrize("frames", [LEAD_FRAMES, 1])
@pytest.mark.parametrize("step", [6, -4])
def test_a_matte_is_led_by_so_many_pictures_of_motion(step: int, frames: int) -> None:
    made, x = walk(replace(IN_OBS, lead_frames=frames), step)
    assert made[-1].lead_ns == pytest.approx(frames * FRAME_NS, abs=2)
    assert middle_x(made[-1].matte) == pytest.approx(x + 0.5 + frames * step, abs=1.5)
    unled, _ = walk(replace(IN_OBS, leads=False), step)
    assert unled[-1].lead_ns == 0
    assert middle_x(unled[-1].matte) == pytest.approx(x + 0.5, abs=1)


def test_a_matte_that_is_there_can_be_led_by_another_time() -> None:
    scene = Scene(IN_OBS)
    for x in range(150, 192, 6):
        once = scene.see(scene.camera.picture(x))
    scene.stream.wish = replace(IN_OBS, lead_frames=1)
    again = scene.see(scene.camera.picture(186), after_ns=1)
    assert (once.is_new, again.is_new) == (True, False)
    assert (once.lead_ns, again.lead_ns) == (LEAD_FRAMES * FRAME_NS, FRAME_NS)


def test_a_picture_shown_twice_is_led_farther() -> None:
    """The second comes half a camera's interval later; two frames of OBS are one of the camera's."""
    made, x = walk(IN_OBS, 6, repeats=2)
    once, again = made[-2:]
    assert (once.is_new, again.is_new) == (True, False)
    assert once.lead_ns == again.lead_ns == pytest.approx(FRAME_NS, abs=4)
    assert middle_x(once.matte) == pytest.approx(x + 0.5 + 6, abs=1.2)
    assert middle_x(again.matte) == pytest.approx(x + 0.5 + 9, abs=1.5)


def test_who_stands_still_is_not_led() -> None:
    scene = Scene(IN_OBS, sigma=2)
    made = [scene.see() for _ in range(10)]
    unled = Scene(replace(IN_OBS, leads=False), sigma=2)
    for led in made:
        assert np.array_equal(led.matte, unled.see().matte)
    assert made[0].lead_ns == 0, "the first picture has no motion, nor an interval"


@pytest.mark.parametrize("sigma", [0, 2])
def test_who_has_stopped_is_where_he_is(sigma: float) -> None:
    """A paused video once kept the matte four pictures ahead of who stands there, for two seconds."""
    scene = Scene(IN_OBS, sigma)
    for x in range(150, 222, 6):
        scene.see(scene.camera.picture(x))
    made = [scene.see(scene.camera.picture(216)) for _ in range(8)]
    for each in made[2:]:
        assert middle_x(each.matte) == pytest.approx(216.5, abs=1)


def test_a_lead_has_its_bounds() -> None:
    """At two pictures a second nobody knows where someone is in a second."""
    scene = Scene(IN_OBS)
    for x in (150, 160, 170):
        made = scene.see(scene.camera.picture(x), 500_000_000)
    assert made.lead_ns == 100_000_000
    assert middle_x(made.matte) == pytest.approx(170.5 + 10 / 5, abs=1)


@pytest.mark.parametrize("size", [(8, 4), (1, 1), (33, 500)])
def test_tiny_pictures(size: tuple[int, int]) -> None:
    scene = Scene(IN_OBS)
    for level in (220, 220, 30, 240):
        made = scene.see(np.full((*size[::-1], 4), level, np.uint8))
    assert made.matte.shape == size[::-1]
    assert made.matte.min() > 200


# A model with a memory


class Recurrent(Model):
    """Counts how often it is made to forget."""

    def __init__(self) -> None:
        super().__init__()
        self.forgotten = 0

    def forget(self) -> None:
        self.forgotten += 1


@pytest.mark.parametrize("wish", [MatteWish(), MatteWish(looks_closer=True), IN_OBS])
def test_a_model_with_a_memory_sees_every_whole_picture_once(wish: MatteWish) -> None:
    model, camera = Recurrent(), Camera()
    stream = MatteStream(MODEL, wish, model.forget)
    for x in range(200, 320, 8):
        picture = camera.picture(x)
        stream.matte(picture, x * FRAME_NS, model)
        assert np.array_equal(model.shown[-1], stretch(picture, MODEL))
    assert model.runs == 15
    assert model.forgotten == 0


def test_it_forgets_at_a_cut_and_with_the_stream() -> None:
    model, camera = Recurrent(), Camera()
    stream = MatteStream(MODEL, MatteWish(), model.forget)
    for number in range(3):
        stream.matte(camera.picture(), number * FRAME_NS, model)
    assert model.forgotten == 0
    stream.matte(np.asarray(255 - camera.picture()[::-1, ::-1], np.uint8), 3 * FRAME_NS, model)
    assert model.forgotten == 1
    stream.reset()
    assert model.forgotten == 2


@pytest.mark.parametrize("model", [(256, 256), (256, 144)])
@pytest.mark.parametrize("work", [(428, 343), (400, 300), (343, 428), (432, 345), (384, 384)])
def test_a_person_at_the_pictures_edge_is_followed_whatever_its_proportions(
    model: tuple[int, int], work: tuple[int, int]
) -> None:
    """720x576 and 1280x1024 are such: the part around the person ended one row below the mask."""
    columns, rows = work
    stream = MatteStream(model, MatteWish())
    frame = np.zeros((rows, columns, 4), np.uint8)
    frame[rows // 3 :, columns - columns // 3 :] = 220

    def infer(picture: U8Image) -> U8Image:
        return np.where(picture[..., 2] > 110, 255, 0).astype(np.uint8)

    for number in range(3):
        matte = stream.matte(frame, number * FRAME_NS, infer).matte
        assert matte.shape == (rows, columns)
        assert matte[rows - 2, columns - 2] > 200
        assert matte[1, 1] < 50
