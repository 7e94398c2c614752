-- Counts presses of hotkeys.  Loaded by the Python half (selfieseg_obs/hotkeys.py) as a script of its own.
--
-- libobs calls a hotkey's function with its hotkey mutex held, so it must not be one of Python's (it would want the
-- GIL there), nor one of the drawing script's (its mutex is held by renders).  This one belongs to a Lua state that
-- nothing else ever enters: libobs's mutex lets in one caller at a time, and no lock of ours is needed.  Python
-- registers the hotkeys, with the address of a counter each, and unregisters them before it unloads this script.
local obs = obslua
local ffi = require "ffi"
jit.off(true, true)

local function count_press(counter, _, _, pressed)
  if pressed then counter[0] = counter[0] + 1 end
end

local callback = ffi.cast("void (*)(uint32_t *counter, size_t id, void *hotkey, bool pressed)", count_press)

function script_load(settings)
  obs.obs_data_set_string(settings, "count_press", ("%d"):format(tonumber(ffi.cast("uintptr_t", callback))))
end
