-- The Lua half: registers the "Selfie Segmentation" filter and draws it, in OBS's own LuaJIT.
-- Loaded by selfie_segmentation.py, and listed in OBS as a script of its own too, so that the filter exists
-- (and hides the room) even where OBS has lost its Python.  Whichever comes first registers the filter; the
-- other waits and takes over if the first goes.
local obs = obslua
local FOLDER = script_path()

-- OBS shows the room where a saved filter does not exist.  So whatever keeps ours from loading, some filter
-- of its id is registered: one that draws nothing, and says why in its settings.
local function filter_that_only_hides(why)
  local text = "Not working: the filter's files cannot be loaded (" .. why .. "). Install it again: "
    .. "python3 install/install.py. Until then nothing is shown."
  obs.script_log(obs.LOG_ERROR, text)
  local info = {
    id = "selfie_segmentation", type = obs.OBS_SOURCE_TYPE_FILTER, output_flags = obs.OBS_SOURCE_VIDEO,
    get_name = function() return "Selfie Segmentation" end,
    get_defaults = function(data) obs.obs_data_set_default_string(data, "selfieseg_bridge", "none") end,
    create = function() return {} end,
    destroy = function() end,
    video_render = function() end,
    get_properties = function()
      local props = obs.obs_properties_create()
      obs.obs_properties_add_text(props, "state", text, obs.OBS_TEXT_INFO)
      return props
    end,
  }
  local function try() obs.obs_register_source(info) end -- OBS refuses in silence while a script has the type
  return {
    description = function() return text end,
    unload = function() end,
    load = function()
      try()
      obs.timer_add(try, 1000) -- the script that has the type may go
    end,
  }
end

local ok, product = pcall(function() return require "selfieseg.registration"(FOLDER) end)
if not ok then product = filter_that_only_hides(tostring(product)) end

function script_description() return product.description() end

function script_load() product.load() end

function script_unload() product.unload() end
