"""A real OBS with its own configuration, driven over obs-websocket: for demo, benchmarks and tests."""

from selfieseg_engine.isolated_obs.config import ObsConfig, ObsHome, ObsScript
from selfieseg_engine.isolated_obs.display import NoDisplayError
from selfieseg_engine.isolated_obs.exit_report import ExitReport, ProfilerEntry
from selfieseg_engine.isolated_obs.process import IsolatedObs, ObsStartError, ObsUnavailableError, find_obs
from selfieseg_engine.isolated_obs.scene import DEFAULT_SCENE, ObsScene, RequestError

__all__ = [
    "DEFAULT_SCENE",
    "ExitReport",
    "IsolatedObs",
    "NoDisplayError",
    "ObsConfig",
    "ObsHome",
    "ObsScene",
    "ObsScript",
    "ObsStartError",
    "ObsUnavailableError",
    "ProfilerEntry",
    "RequestError",
    "find_obs",
]
