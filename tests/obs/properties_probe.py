"""What a filter's properties say, asked inside OBS: obs-websocket does not tell.

A small Lua script beside ours reads a file that names a filter, and answers with the text of its "state",
or with what one of its lists offers.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from selfieseg_engine.isolated_obs import ObsScript
from tests.obs.product import SOURCE, Product

_FOLDER = Path(tempfile.mkdtemp(prefix="properties-probe-"))
_QUESTION, _ANSWER, _SCRIPT = (_FOLDER / name for name in ("question", "answer", "probe.lua"))
_SCRIPT.write_text(
    """
local obs = obslua
local folder = script_path()
local function choices(list)
  local found = {}
  for i = 0, obs.obs_property_list_item_count(list) - 1 do
    local value, label = obs.obs_property_list_item_string(list, i), obs.obs_property_list_item_name(list, i)
    found[#found + 1] = value .. "\\t" .. label
  end
  return table.concat(found, "\\n")
end

local function answer()
  local file = io.open(folder .. "question", "r")
  if not file then return end
  local source_name, filter_name, list = file:read("*l", "*l", "*l")
  file:close()
  os.remove(folder .. "question")
  local source = obs.obs_get_source_by_name(source_name)
  local filter = obs.obs_source_get_filter_by_name(source, filter_name)
  local properties = obs.obs_source_properties(filter)
  local text = list and choices(obs.obs_properties_get(properties, list))
    or obs.obs_property_description(obs.obs_properties_get(properties, "state"))
  obs.obs_properties_destroy(properties)
  obs.obs_source_release(filter)
  obs.obs_source_release(source)
  local out = io.open(folder .. "answer.part", "w")
  out:write(text)
  out:close()
  os.rename(folder .. "answer.part", folder .. "answer")
end
function script_load() obs.timer_add(answer, 100) end
""",
    encoding="utf-8",
)
PROBE = ObsScript(_SCRIPT)


def ask_state_text(product: Product, filter_name: str, source: str = SOURCE) -> str:
    """Return what the filter's properties say about its state; ``PROBE`` must be among the scripts."""
    return _ask(product, source, filter_name)


def ask_choices(product: Product, filter_name: str, list_name: str, source: str = SOURCE) -> dict[str, str]:
    """Return what a list in the filter's properties offers, in its order: labels by value."""
    lines = _ask(product, source, filter_name, list_name).splitlines()
    return {value: label for value, _, label in (line.partition("\t") for line in lines)}


def _ask(product: Product, *question: str) -> str:
    _ANSWER.unlink(missing_ok=True)
    part = _QUESTION.with_suffix(".part")
    part.write_text("".join(f"{line}\n" for line in question))
    part.rename(_QUESTION)
    product.scene.wait_until(_ANSWER.exists, what="the filter's properties")
    return _ANSWER.read_text(encoding="utf-8")
