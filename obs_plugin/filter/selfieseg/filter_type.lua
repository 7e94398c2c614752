-- What OBS is told about the filter's type, and the callbacks that it calls.
-- All of them hold this script's mutex; only video_render may touch the GPU, and none may take a lock of OBS.
local obs = obslua
local ffi = require "ffi"
local libobs = require "selfieseg.libobs"
local fence = require "selfieseg.fence"
local Bridge = require "selfieseg.bridge"
local Filter = require "selfieseg.filter"
local settings = require "selfieseg.settings"
local look_text = require "selfieseg.look_text"
local make_properties = require "selfieseg.properties"
local take_out_callbacks = require "selfieseg.fewer_callbacks"
local C = libobs.C
jit.off(true, true) -- as all that draws: docs/graphics-thread.md

ffi.cdef "typedef struct { void *type; int own; void *ptr; } selfieseg_swig_userdata;" -- how SWIG wraps a pointer

local TELL_AFTER_FRAMES = 150

-- The size of the target.  libobs asks only where the callbacks could not be taken out (fewer_callbacks.lua),
-- and then takes no answer for no size.
local function target_width(f)
  local target = f.source and C.obs_filter_get_target(f.source) or nil
  return target ~= nil and C.obs_source_get_base_width(target) or 0
end

local function target_height(f)
  local target = f.source and C.obs_filter_get_target(f.source) or nil
  return target ~= nil and C.obs_source_get_base_height(target) or 0
end

-- `shared` = { constants, effects, ring_bell, bridge, say }; `on_taken` is called when OBS takes the type.
return function(shared, on_taken)
  local k, say = shared.constants, shared.say
  local info = {
    id = "selfie_segmentation", type = obs.OBS_SOURCE_TYPE_FILTER, output_flags = obs.OBS_SOURCE_VIDEO,
    get_width = target_width, get_height = target_height,
  }

  -- OBS asks for the name only of a type that it takes: it has none of this id yet, or a disabled one.
  function info.get_name()
    on_taken()
    return say "filter_name"
  end

  function info.get_defaults(data)
    settings.set_defaults(data)
    obs.obs_data_set_default_string(data, Bridge.ADDRESS_KEY, shared.bridge:address())
  end

  local function update(f, data)
    local look = settings.read(data)
    f.filter:update(look, look_text(look))
  end

  local function set_up(f, data, source)
    f.source = ffi.cast("obs_source_t *", ffi.cast("selfieseg_swig_userdata *", source).ptr)
    f.entry = shared.bridge:claim()
    if not f.entry then return fence.tell_once(say("state.too_many"):format(k.SS_MAX_FILTERS)) end
    f.entry.filter = ffi.cast("uintptr_t", f.source)
    f.filter = Filter.new(f.source, f.entry, shared)
    update(f, data)
    if not take_out_callbacks(f.source, info.type) then
      fence.tell_once "this version of OBS is new to the filter: do not put it on a scene that holds another one"
    end
  end

  -- Never fails: OBS draws a filter without data as if it were not there, and so shows the room.
  function info.create(data, source)
    local f = {}
    fence.run(f, set_up, f, data, source)
    return f
  end

  function info.update(f, data)
    if f.filter then fence.run(f, update, f, data) end
  end

  function info.destroy(f)
    if f.filter then f.filter:bury() end
    if f.entry then shared.bridge:release(f.entry) end
    f.filter, f.entry, f.source = nil, nil, nil
  end

  local function state_text(f)
    if f.broken then return say "state.internal_error" end
    return shared.bridge:state_text(f.entry, say)
  end

  function info.get_properties(f)
    local filter = {
      state_text = function() return state_text(f) end,
      classes = function() return f.entry and f.entry.classes or 0 end,
      models = function() return shared.bridge:models() end,
      settings = function() return f.filter and f.filter.settings end,
      source_names = shared.bridge:source_names(),
    }
    return make_properties(filter, say, k)
  end

  -- Says once in the log why there is no matte, when that lasts and no Python half is there to say it.
  local function tell_why_without_matte(f)
    if f.entry.drawing == k.SS_DRAWN_RESULT then
      f.without_matte = 0
      return
    end
    f.without_matte = (f.without_matte or 0) + 1
    if f.without_matte == TELL_AFTER_FRAMES and not shared.bridge:python_is_alive() then
      fence.tell_once(state_text(f))
    end
  end

  function info.video_render(f)
    if not f.filter then return end -- draws nothing: the room stays hidden
    f.entry.render_count = f.entry.render_count + 1
    local previous_srgb = C.gs_framebuffer_srgb_enabled()
    if previous_srgb then C.gs_enable_framebuffer_srgb(false) end -- colours pass through as they are
    C.gs_blend_state_push()
    fence.run(f, f.filter.render, f.filter)
    C.gs_blend_state_pop()
    if previous_srgb then C.gs_enable_framebuffer_srgb(true) end
    f.entry.render_count = f.entry.render_count + 1
    tell_why_without_matte(f)
  end

  return info
end
