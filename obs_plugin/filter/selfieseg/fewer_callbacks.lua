-- Keeps libobs from calling into Lua while it holds a source's filter mutex.
--
-- libobs-scripting gives every Lua source all callbacks, used or not, and each takes the lock that a render
-- of ours holds.  libobs asks a source for its size, and saves it, with the source's filter mutex held; a
-- render of ours on a scene takes the filter mutexes of the sources in that scene.  With one filter inside
-- another the two meet: OBS 29 stood still for ever after 123 GetSceneItemTransform requests.
--
-- So the callbacks that we do not need are taken out of the instance.  Without them libobs does by itself
-- what we want (a filter's size is its target's), and makes a few calls less per frame.  The instance's
-- copy of obs_source_info is private to libobs, so it is not taken for granted: it is searched for by all
-- that is known of it, and where it is not found nothing is changed.
local ffi = require "ffi"
local libobs = require "selfieseg.libobs"
local C = libobs.C

-- libobs/obs-source.h; the order has been the same ever since, new callbacks go to the end.
ffi.cdef [[
const char *obs_source_get_id(const obs_source_t *source);
typedef struct {
  const char *id;
  int type;
  uint32_t output_flags;
  void *get_name, *create, *destroy, *get_width, *get_height, *get_defaults, *get_properties, *update;
  void *activate, *deactivate, *show, *hide, *video_tick, *video_render;
  void *filter_video, *filter_audio, *enum_active_sources, *save, *load;
} selfieseg_source_info;
]]

-- How far into an obs_source to look: its first member takes 200 to 300 bytes, the whole more than 1,200.
local SEARCHED_BYTES = 640
local STEP = ffi.sizeof("void *")

local function is_ours(info, id, flags, filter_type)
  return info.id == id and info.type == filter_type and info.output_flags == flags
    and info.get_name ~= nil and info.create ~= nil and info.destroy ~= nil and info.get_properties ~= nil
    and info.update ~= nil and info.video_render ~= nil
    and info.filter_video == nil and info.filter_audio == nil and info.enum_active_sources == nil
end

-- Takes the callbacks out of `source`, a filter that is being created.  Returns whether it could.
return function(source, filter_type)
  local id, flags = C.obs_source_get_id(source), C.obs_source_get_output_flags(source)
  local base = ffi.cast("uint8_t *", source)
  for offset = 0, SEARCHED_BYTES, STEP do
    local info = ffi.cast("selfieseg_source_info *", base + offset)
    if info.id == id and is_ours(info, id, flags, filter_type) then
      info.get_width, info.get_height, info.video_tick, info.save, info.load = nil, nil, nil, nil, nil
      info.activate, info.deactivate, info.show, info.hide = nil, nil, nil, nil
      return true
    end
  end
  return false
end
