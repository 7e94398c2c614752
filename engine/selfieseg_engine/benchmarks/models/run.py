"""Measures models: mattes of photos, times, memory. One thread at a time; minutes of work."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from selfieseg_engine.benchmarks.models.inference_times import measure_times
from selfieseg_engine.benchmarks.models.memory_growth import memory_growth_mb
from selfieseg_engine.benchmarks.models.outcome import ModelOutcome, Outcome, PhotoScores
from selfieseg_engine.benchmarks.models.portraits import is_portrait
from selfieseg_engine.benchmarks.quality.files import PhotoSet, read_u8_matte
from selfieseg_engine.benchmarks.quality.outcome import frame_text
from selfieseg_engine.benchmarks.quality.photo_run import measure_photos
from selfieseg_engine.benchmarks.quality.u8_matte import person_of
from selfieseg_engine.benchmarks.quality.variants import EDGES, RAW, open_makers
from selfieseg_engine.errors import InferenceError, ObtainError
from selfieseg_engine.inference.bare_inference import bare_inference
from selfieseg_engine.model_choice import DEFAULT_MODEL_ID
from selfieseg_engine.registry.manifest import Manifest
from selfieseg_engine.registry.obtain import obtain_weights

# Told after each step: how many steps are done.
OnSteps = Callable[[int], object]


def steps_of(manifests: Sequence[Manifest], photos: int, rounds: int) -> int:
    """Return how many steps ``measure_models`` tells of, where no model is left out. Pure."""
    return sum(1 + rounds + 1 + (photos if manifest.output.person else 0) for manifest in manifests)


def measure_models(
    photo_set: PhotoSet,
    manifests: Sequence[Manifest],
    rounds: int,
    named: bool,
    on_steps: OnSteps = lambda _: None,
) -> Outcome:
    """Return what models find in photos, each a stream of its own, and what they cost on the CPU.

    First each is run once, which obtains and converts it. Then the scores, then the times in turns, then the
    memory, each in a process of its own.

    Args:
        photo_set: the photos with their true masks.
        manifests: the models.
        rounds: turns of each model for the times.
        named: the user has asked for these models; else one that cannot be had or run is left out.
        on_steps: told the number of steps done.

    Raises:
        UserError: a picture cannot be read, or no model be run; for ``named`` any of them.
    """
    left_out: dict[str, str] = {}
    usable: list[Manifest] = []
    for manifest in manifests:
        try:
            bare_inference(manifest, 1)()
        except (ObtainError, InferenceError) as error:
            if named or (not usable and manifest is manifests[-1]):
                raise
            left_out[manifest.id] = str(error)
            on_steps(steps_of([manifest], len(photo_set.photos), rounds))
        else:
            usable.append(manifest)
            on_steps(1)
    people = [person_of(read_u8_matte(photo.mask)) for photo in photo_set.photos]
    scores = {
        manifest.id: _scores(photo_set, manifest.id, on_steps)
        for manifest in usable
        if manifest.output.person
    }
    times = measure_times(usable, rounds, lambda: on_steps(1))
    models = []
    for manifest in usable:
        models.append(
            ModelOutcome(
                manifest,
                obtain_weights(manifest).stat().st_size,
                scores.get(manifest.id),
                times[manifest.id],
                memory_growth_mb(manifest.id),
            )
        )
        on_steps(1)
    return Outcome(
        photos=[photo.name for photo in photo_set.photos],
        are_portraits=[is_portrait(person) for person in people],
        frame=frame_text({(person.shape[0], person.shape[1]) for person in people}),
        models=models,
        left_out=left_out,
        default=_default(list(scores)),
    )


def _scores(photo_set: PhotoSet, model_id: str, on_steps: OnSteps) -> PhotoScores:
    """Return one model's. Raises what ``Segmenter`` does."""
    with open_makers((RAW, EDGES), model_id, "CPU", 1) as makers:
        measured = measure_photos(photo_set, makers.by_name, on_photo=lambda: on_steps(1))
    by_name = {row.name: row.cases for row in measured.rows}
    return PhotoScores(by_name[RAW], by_name[EDGES])


def _default(ids: Sequence[str]) -> str | None:
    """Return the product's default where it is one of them, else the first."""
    return DEFAULT_MODEL_ID if DEFAULT_MODEL_ID in ids else next(iter(ids), None)
