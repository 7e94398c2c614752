"""The figures that ``selfieseg stats --json`` prints. Reads the sessions; the I/O thread's."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from selfieseg_engine.refusal import clipped
from selfieseg_engine.server.clients import OpenSession
from selfieseg_wire.structs import Alignment

# What the filter may take of OBS's graphics thread for a frame (docs/graphics-thread.md).
CALLBACK_BUDGET_MS = {"p50": 0.3, "p99": 1.0}
_SOURCE_BYTES = 256
_NO_SIZE = "0x0"


@dataclass(frozen=True)
class EngineFacts:
    """What is known of the engine as a whole."""

    version: str
    pid: int
    uptime_s: float
    rss_mb: float


def stats_json(facts: EngineFacts, sessions: Iterable[OpenSession], now: float) -> str:
    """Return the JSON text. ``now`` is in seconds of the monotonic clock."""
    entries = list(sessions)
    restarts = max((entry.telemetry.restarts for entry in entries if entry.telemetry), default=0)
    engine = {
        "version": facts.version,
        "pid": facts.pid,
        "uptime_s": round(facts.uptime_s, 1),
        "rss_mb": facts.rss_mb,
        "restarts": restarts,
    }
    report = {"engine": engine, "sessions": [_session(entry, now) for entry in entries]}
    return json.dumps(report, ensure_ascii=False)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _session(entry: OpenSession, now: float) -> dict[str, Any]:
    """Return one session's figures; ``dropped`` counts the frames that this side and the filter dropped."""
    figures = entry.session.figures.snapshot(now)
    opened = entry.session.opened
    told = entry.telemetry
    return {
        "source": clipped(entry.session.source, _SOURCE_BYTES),
        "size": f"{opened.work_width}x{opened.work_height}" if opened else _NO_SIZE,
        "model": opened.model if opened else "",
        "device": opened.device if opened else "",
        "fps_in": round(figures.fps_in, 2),
        "fps_out": round(figures.fps_out, 2),
        "dropped": figures.dropped + (told.dropped if told else 0),
        "infer_ms_p50": round(figures.infer_ms_p50, 3),
        "inferences_per_s": round(figures.inferences_per_s, 2),
        "mattes": figures.mattes,
        "mattes_without_inference": figures.mattes_without_inference,
        "model_ready_s": _rounded(figures.model_ready_s),
        "first_matte_s": _rounded(figures.first_matte_s),
        "class_model": figures.class_model,
        "class_maps_per_s": round(figures.class_maps_per_s, 2),
        "effects_in_engine": figures.effects_in_engine,
        "round_trip_ms_p50": told.round_trip_ms_p50 if told else 0.0,
        "round_trip_ms_p95": told.round_trip_ms_p95 if told else 0.0,
        "client": {
            "callback_ms_p50": told.callback_ms_p50 if told else 0.0,
            "callback_ms_p99": told.callback_ms_p99 if told else 0.0,
            "callback_budget_ms": dict(CALLBACK_BUDGET_MS),
            "matte_age_ms_p50": told.matte_age_ms_p50 if told else 0.0,
            "frames": told.frames if told else 0,
            "without_matte_frames": told.without_matte_frames if told else 0,
            "alignment": Alignment(told.alignment if told else Alignment.LOW_LATENCY).name.lower(),
            "delay_ms": told.delay_ms if told else 0.0,
            "matte_lag_frames_p50": told.matte_lag_frames_p50 if told else 0,
            "repeated_frames": told.repeated_frames if told else 0,
        },
    }
