-- The filter's dialogue.  UI thread, under this script's mutex: nothing here may enter graphics or take
-- OBS's scene or source locks.
local obs = obslua
local settings = require "selfieseg.settings"

local function add_list(props, key, values, say)
  local list = obs.obs_properties_add_list(props, key, say(key), obs.OBS_COMBO_TYPE_LIST, obs.OBS_COMBO_FORMAT_STRING)
  for _, value in ipairs(values) do
    obs.obs_property_list_add_string(list, say(key .. "." .. value), value)
  end
  obs.obs_property_set_long_description(list, say(key .. ".tip"))
  return list
end

local function show_what_applies(props, _, data)
  local background = obs.obs_data_get_string(data, "background")
  obs.obs_property_set_visible(obs.obs_properties_get(props, "blur_strength"), background == "blur")
  obs.obs_property_set_visible(obs.obs_properties_get(props, "color"), background == "color")
  return true
end

-- `state_text()` says how the filter is doing.
return function(state_text, say)
  local props = obs.obs_properties_create()
  obs.obs_properties_add_text(props, "state", state_text(), obs.OBS_TEXT_INFO)
  obs.obs_properties_add_button(props, "refresh_state", say "refresh_state", function(inner)
    obs.obs_property_set_description(obs.obs_properties_get(inner, "state"), state_text())
    return true
  end)
  local background = add_list(props, "background", settings.BACKGROUNDS, say)
  obs.obs_property_set_modified_callback(background, show_what_applies)
  obs.obs_properties_add_int_slider(props, "blur_strength", say "blur_strength", 0, 100, 1)
  obs.obs_properties_add_color(props, "color", say "color")
  add_list(props, "without_matte", settings.WITHOUT_MATTE, say)
  add_list(props, "view", settings.VIEWS, say)
  add_list(props, "model", settings.MODELS, say)
  add_list(props, "device", settings.DEVICES, say)
  return props
end
