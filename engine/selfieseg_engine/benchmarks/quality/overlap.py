"""How much of the person is found. Pure; any thread."""

from __future__ import annotations

from selfieseg_engine.benchmarks.quality.u8_matte import Counted, Person


def person_iou(person: Person, true_person: Person, counted: Counted | None = None) -> float:
    """Return intersection over union, |P ∩ T| / |P ∪ T| (Jaccard 1912; Everingham et al., IJCV 2010).

    Only ``counted`` pixels enter; 1 where neither has a person. Everything HxW bool, 0 bad … 1 good.
    """
    both, either = person & true_person, person | true_person
    if counted is not None:
        both, either = both & counted, either & counted
    union = int(either.sum())
    return int(both.sum()) / union if union else 1.0
