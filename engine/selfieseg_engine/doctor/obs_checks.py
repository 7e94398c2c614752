"""Whether OBS can run the script, and does. Pure."""

from __future__ import annotations

from selfieseg_engine.doctor.check import Check
from selfieseg_engine.doctor.names import OBS, OBS_LUA, OBS_PYTHON, SCRIPTS
from selfieseg_engine.doctor.obs_facts import ObsFacts, ObsSearch

_INSTALL = "run install/install.py"


def judge_obs(search: ObsSearch) -> Check:
    """Whether there is an OBS that can be used."""
    if search.trouble is not None:
        return Check(OBS, "fail", f"{search.trouble.what}: {search.trouble.why}", search.trouble.remedy)
    if search.flatpak_only:
        return Check(
            OBS,
            "fail",
            "only as a Flatpak, whose sandbox cannot start the engine",
            f"install OBS as a system package, then {_INSTALL}",
        )
    if search.facts is None:
        return Check(OBS, "fail", "not found", f"install OBS from obsproject.com, then {_INSTALL}")
    obs = search.facts
    state = "running" if obs.running else "not running"
    return Check(OBS, "ok", f"{obs.version or 'version unknown, never started'} at {obs.binary}, {state}")


def judge_python(obs: ObsFacts, environment_minor: int) -> Check:
    """Whether OBS runs scripts with the same Python minor version as the engine's environment."""
    if obs.python_minor is None:
        return Check(OBS_PYTHON, "fail", "OBS does not know where its Python is", f"close OBS, {_INSTALL}")
    found = f"OBS embeds Python 3.{obs.python_minor}, the engine's environment has 3.{environment_minor}"
    if obs.python_minor != environment_minor:
        return Check(OBS_PYTHON, "fail", found, f"{_INSTALL} again: it makes the environment anew")
    return Check(OBS_PYTHON, "ok", f"3.{obs.python_minor}, as the engine's environment")


def judge_lua(obs: ObsFacts) -> Check:
    """Whether OBS runs Lua scripts: the filter is one."""
    if not obs.has_lua:
        remedy = "install OBS from obsproject.com or your distribution's obs-studio package"
        return Check(OBS_LUA, "fail", "this OBS was built without Lua scripting", remedy)
    return Check(OBS_LUA, "ok", "there")


def judge_scripts(obs: ObsFacts) -> Check:
    """Whether the current scene collection lists the scripts; OBS keeps them per collection."""
    if obs.scripts_registered:
        return Check(SCRIPTS, "ok", f"listed in {obs.collection}")
    how = "in OBS choose Tools > Scripts > + and open obs_plugin/selfie_segmentation.py"
    remedy = how if obs.running else f"run `selfieseg obs install`; or {how}"
    found = f"not listed in the current scene collection, {obs.collection}"
    if obs.running:
        # OBS writes the collection now and then, and at its end.
        return Check(SCRIPTS, "warn", f"{found}, as last written by the OBS that runs", remedy)
    return Check(SCRIPTS, "fail", found, remedy)
