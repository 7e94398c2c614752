-- The Lua half: registers the "Selfie Segmentation" filter and draws it, in OBS's own LuaJIT.
-- Loaded by selfie_segmentation.py, and listed in OBS as a script of its own too, so that the filter exists
-- (and hides the room) even where OBS has lost its Python.  Whichever comes first registers the filter.
local obs = obslua
local HERE = script_path()

local ffi = require "ffi"
local libobs = require "selfieseg.libobs"
local gpu = require "selfieseg.gpu"
local MatteTexture = require "selfieseg.matte_texture"
local Bridge = require "selfieseg.bridge"
local Filter = require "selfieseg.filter"
local settings = require "selfieseg.settings"
local make_properties = require "selfieseg.properties"
local take_out_callbacks = require "selfieseg.fewer_callbacks"
local ring_bell = require "selfieseg.bell"
local C = libobs.C

local constants = require "selfieseg.structs"(HERE .. "../../engine/selfieseg_wire/structs.h")
local say = require "selfieseg.strings"(HERE .. "../locale", obs.obs_get_locale())
local shared = { constants = constants, ring_bell = ring_bell }

local effects, effects_error

local function load_effects()
  local folder = HERE .. "../effects/"
  return {
    work_frame = gpu.load_effect(folder .. "work_frame.effect", { "image" }),
    blur = gpu.load_effect(folder .. "background_blur.effect", { "image", "matte", "sums", "texel" }),
    compose = gpu.load_effect(folder .. "compose.effect", { "image", "matte", "blurred", "color" }),
  }
end

-- The compiled effects, shared by all filters.  Graphics thread.  A failure is not tried again every frame.
function shared.effects()
  if not effects then
    assert(not effects_error, effects_error)
    local ok, loaded = pcall(load_effects)
    if not ok then effects_error = loaded end
    assert(ok, loaded)
    effects = loaded
  end
  return effects
end

local told = {}

local function tell_once(text)
  if told[text] then return end
  told[text] = true
  libobs.log(libobs.LOG_WARNING, text)
end

-- Runs fn(...) for filter `f`; an error is counted, told once, and draws nothing.
local function fenced(f, fn, ...)
  local ok, why = pcall(fn, ...)
  if ok then
    f.broken = false
    return
  end
  f.broken = true
  if f.entry then
    f.entry.lua_errors = f.entry.lua_errors + 1
    f.entry.drawing = constants.SS_DRAWN_NOTHING
  end
  tell_once(tostring(why))
end

ffi.cdef "typedef struct { void *type; int own; void *ptr; } selfieseg_swig_userdata;" -- how SWIG wraps a pointer

local info = { id = "selfie_segmentation", type = obs.OBS_SOURCE_TYPE_FILTER, output_flags = obs.OBS_SOURCE_VIDEO }
local registered = false

-- OBS asks for the name only of a type that it takes: it has none of this id yet, or a disabled one.
info.get_name = function()
  registered = true
  return say "filter_name"
end

info.get_defaults = function(data)
  settings.set_defaults(data)
  obs.obs_data_set_default_string(data, Bridge.ADDRESS_KEY, shared.bridge:address())
end

-- Never fails: OBS draws a filter without data as if it were not there, and so shows the room.
info.create = function(data, source)
  local f = {}
  fenced(f, function()
    f.source = ffi.cast("obs_source_t *", ffi.cast("selfieseg_swig_userdata *", source).ptr)
    f.entry = shared.bridge:claim()
    if not f.entry then
      tell_once(say("state.too_many"):format(constants.SS_MAX_FILTERS))
      return
    end
    f.filter = Filter.new(f.source, f.entry, shared)
    if not take_out_callbacks(f.source, info.type) then
      tell_once "this version of OBS is new to the filter: do not put it on a scene that holds another one"
    end
    f.filter:update(settings.read(data))
  end)
  return f
end

info.update = function(f, data)
  if f.filter then fenced(f, f.filter.update, f.filter, settings.read(data)) end
end

info.destroy = function(f)
  if f.filter then f.filter:bury() end
  if f.entry then shared.bridge:release(f.entry) end
  f.filter, f.entry, f.source = nil, nil, nil
end

local function state_text(f)
  if f.broken then return say "state.internal_error" end
  return shared.bridge:state_text(f.entry, say)
end

info.get_properties = function(f)
  return make_properties(function() return state_text(f) end, say)
end

-- The size of the target.  libobs asks only where the callbacks could not be taken out (fewer_callbacks.lua),
-- and then takes no answer for no size.
local function target_size(f, measure)
  local target = f.source and C.obs_filter_get_target(f.source) or nil
  return target ~= nil and measure(target) or 0
end

info.get_width = function(f) return target_size(f, C.obs_source_get_base_width) end
info.get_height = function(f) return target_size(f, C.obs_source_get_base_height) end

local TELL_AFTER_FRAMES = 150

-- Says once in the log why there is no matte, when that lasts and no Python half is there to say it.
local function tell_why_without_matte(f)
  if f.entry.drawing == constants.SS_DRAWN_RESULT then
    f.without_matte = 0
    return
  end
  f.without_matte = (f.without_matte or 0) + 1
  if f.without_matte == TELL_AFTER_FRAMES and not shared.bridge:python_is_alive() then tell_once(state_text(f)) end
end

info.video_render = function(f)
  if not f.filter then return end -- draws nothing: the room stays hidden
  local previous_srgb = C.gs_framebuffer_srgb_enabled()
  C.gs_enable_framebuffer_srgb(false) -- colours pass through as they are
  C.gs_blend_state_push()
  C.gs_blend_function(libobs.GS_BLEND_ONE, libobs.GS_BLEND_ZERO) -- our passes replace what they draw on
  fenced(f, f.filter.render, f.filter)
  C.gs_blend_state_pop()
  C.gs_enable_framebuffer_srgb(previous_srgb)
  tell_why_without_matte(f)
end

function script_description()
  return registered and say "script.description" or say "script.already_there"
end

function script_load()
  shared.bridge = Bridge.new(constants)
  obs.obs_register_source(info)
  if not registered then
    shared.bridge:close()
    shared.bridge = nil
  end
end

-- OBS has destroyed all instances by now, and no callback can come any more: so this may enter graphics.
function script_unload()
  if not shared.bridge then return end
  MatteTexture.bury_black()
  if effects then
    for _, effect in pairs(effects) do gpu.bury("gs_effect_destroy", effect.handle) end
    effects = nil
  end
  C.obs_enter_graphics()
  gpu.empty_graveyard()
  C.obs_leave_graphics()
  shared.bridge:close()
  shared.bridge = nil
end
