-- Walks through OBS's sources for the Python half (selfieseg_obs/source_walks.py), as a script of its own.
--
-- libobs walks with locks held (its list of sources, the scenes) and calls a C function for each source.  That must
-- not be one of Python's (it would want the GIL there), nor one of the drawing script's: whoever holds that script's
-- mutex and asks for the list of sources waits for a thread that creates or changes a filter with the list locked,
-- and that one waits for the mutex.  These belong to a Lua state that nothing enters but Python's one helper thread.
local obs = obslua
local ffi = require "ffi"
jit.off(true, true)

ffi.cdef [[
typedef struct obs_source obs_source_t;
typedef struct obs_weak_source obs_weak_source_t;
const char *obs_source_get_name(const obs_source_t *source);
uint32_t obs_source_get_output_flags(const obs_source_t *source);
bool obs_source_removed(const obs_source_t *source);
obs_weak_source_t *obs_source_get_weak_source(obs_source_t *source);
typedef struct { uint32_t capacity, used; char text[1]; } selfieseg_names;
typedef struct { void *wanted; uint32_t found; } selfieseg_search;
typedef struct { obs_source_t *wanted; obs_weak_source_t *weak; } selfieseg_filter_search;
]]
local C = jit.os == "Windows" and ffi.load("obs") or ffi.C
local OBS_SOURCE_VIDEO = 1

local function has_video(source)
  return C.obs_source_get_output_flags(source) % 2 == OBS_SOURCE_VIDEO and not C.obs_source_removed(source)
end

-- Appends the source's name and a line break, if it has a picture and there is room.
local function add_name(names, source)
  local name = has_video(source) and C.obs_source_get_name(source) or nil
  local text = name ~= nil and ffi.string(name) or ""
  if text ~= "" and not text:find("\n", 1, true) and names.used + #text + 1 <= names.capacity then
    ffi.copy(names.text + names.used, text .. "\n", #text + 1)
    names.used = names.used + #text + 1
  end
  return true -- go on
end

local function look_for(_, child, search)
  if child == search.wanted then search.found = 1 end
end

-- The address of a filter is all that is known: only here is it certain that it still is that filter.
local function take_filter(_, filter, search)
  if filter == search.wanted then search.weak = C.obs_source_get_weak_source(filter) end
end

local callbacks = {
  add_name = ffi.cast("bool (*)(selfieseg_names *names, obs_source_t *source)", add_name),
  look_for = ffi.cast("void (*)(void *parent, void *child, selfieseg_search *search)", look_for),
  take_filter = ffi.cast("void (*)(void *parent, obs_source_t *filter, selfieseg_filter_search *search)", take_filter),
}

function script_load(settings)
  for name, callback in pairs(callbacks) do
    obs.obs_data_set_string(settings, name, ("%d"):format(tonumber(ffi.cast("uintptr_t", callback))))
  end
end
