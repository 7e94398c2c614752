-- The filter's dialogue.  UI thread, under this script's mutex: nothing here may enter graphics or take
-- OBS's scene or source locks.
local bit = require "bit"
local obs = obslua
local settings = require "selfieseg.settings"
local presets = require "selfieseg.presets"
local model_choices = require "selfieseg.model_choices"

local PERCENT = " %"
local IMAGES, VIDEOS = "*.png *.jpg *.jpeg *.webp *.bmp", "*.mp4 *.mkv *.mov *.webm *.avi *.gif"

-- Which class of the person each control needs (structs.h).
local NEEDS = {
  hair_color = "SS_CLASS_HAIR", hair_strength = "SS_CLASS_HAIR",
  clothes_color = "SS_CLASS_CLOTHES", clothes_strength = "SS_CLASS_CLOTHES",
  face_smooth = "SS_CLASS_FACE_SKIN", face_brighten = "SS_CLASS_FACE_SKIN",
  skin_tone = "SS_CLASS_BODY_SKIN", skin_color = "SS_CLASS_BODY_SKIN",
}
local ADVANCED = { "threshold", "softness", "expand", "refine_edges", "smoothing", "light_wrap", "despill", "invert",
                   "model", "class_model", "device", "effects_in_engine" }
local MODEL_LISTS = { "model", "class_model" }
local OF_BACKGROUND = { blur_strength = "blur", color = "color", image_path = "image", video_path = "video",
                        background_source = "source" }

local function tip(property, key, say)
  obs.obs_property_set_long_description(property, say(key .. ".tip"))
  return property
end

local function add_list(props, key, values, say)
  local list = obs.obs_properties_add_list(props, key, say(key), obs.OBS_COMBO_TYPE_LIST, obs.OBS_COMBO_FORMAT_STRING)
  for _, value in ipairs(values) do
    obs.obs_property_list_add_string(list, say(key .. "." .. value), value)
  end
  return tip(list, key, say)
end

local function add_model_list(props, key, say)
  return tip(obs.obs_properties_add_list(props, key, say(key), obs.OBS_COMBO_TYPE_LIST,
                                         obs.OBS_COMBO_FORMAT_STRING), key, say)
end

local function fill_model_list(props, key, filter, chosen, say)
  local list = obs.obs_properties_get(props, key)
  obs.obs_property_list_clear(list)
  for _, choice in ipairs(model_choices(key, filter.models(), chosen, say)) do
    obs.obs_property_list_add_string(list, choice[2], choice[1])
  end
end

local function add_share(props, key, say)
  return tip(obs.obs_properties_add_float_slider(props, key, say(key), 0, 1, 0.01), key, say)
end

local function add_color(props, key, say)
  return tip(obs.obs_properties_add_color(props, key, say(key)), key, say)
end

local function add_switch(props, key, say)
  return tip(obs.obs_properties_add_bool(props, key, say(key)), key, say)
end

local function show(props, key, visible)
  obs.obs_property_set_visible(obs.obs_properties_get(props, key), visible)
end

local function show_what_applies(props, _, data)
  local background = obs.obs_data_get_string(data, "background")
  for key, kind in pairs(OF_BACKGROUND) do show(props, key, background == kind) end
  local person, advanced = obs.obs_data_get_bool(data, "show_person"), obs.obs_data_get_bool(data, "show_advanced")
  for key in pairs(NEEDS) do show(props, key, person) end
  show(props, "classes_missing", person)
  for _, key in ipairs(ADVANCED) do show(props, key, advanced) end
  return true
end

local GET = {
  string = function(data, key) return obs.obs_data_get_string(data, key) end,
  number = function(data, key) return obs.obs_data_get_double(data, key) end,
  boolean = function(data, key) return obs.obs_data_get_bool(data, key) end,
}
local IS_INT = { color = true, blur_strength = true }

local function value_of(data, key, kind)
  if IS_INT[key] then return obs.obs_data_get_int(data, key) % 2 ^ 32 end
  return GET[kind](data, key)
end

local function differs(data, preset, key)
  local wanted = preset[key]
  local value = value_of(data, key, type(wanted))
  if type(wanted) == "number" then return math.abs(value - wanted) > 1e-6 end
  return value ~= wanted
end

local function keep_as_own(data, key, value)
  if type(value) == "string" then return obs.obs_data_set_string(data, key, value) end
  if type(value) == "boolean" then return obs.obs_data_set_bool(data, key, value) end
  if IS_INT[key] then return obs.obs_data_set_int(data, key, value) end
  obs.obs_data_set_double(data, key, value)
end

local function keep_values(data)
  for _, key in ipairs(presets.KEYS) do
    keep_as_own(data, key, value_of(data, key, type(presets.get "balanced"[key])))
  end
end

-- The dialogue opens, or a preset was chosen: then its values take the place of the user's own.
local function take_preset(props, property, data)
  local name, before = obs.obs_data_get_string(data, "preset"), obs.obs_data_get_string(data, "preset_before")
  local chosen = before ~= "" and before ~= name
  if chosen and name == "custom" then keep_values(data) end
  settings.set_preset_defaults(data, name)
  if chosen and name ~= "custom" then
    for _, key in ipairs(presets.KEYS) do obs.obs_data_unset_user_value(data, key) end
  end
  obs.obs_data_set_string(data, "preset_before", name)
  return show_what_applies(props, property, data)
end

-- A value that the preset gives was changed by hand: from now on the settings are the user's own.
local function leave_preset(data, key)
  local name = obs.obs_data_get_string(data, "preset")
  if name == "custom" or not differs(data, presets.get(name), key) then return end
  keep_values(data)
  obs.obs_data_set_string(data, "preset", "custom")
  obs.obs_data_set_string(data, "preset_before", "custom")
end

local function watch_preset_values(props)
  for _, key in ipairs(presets.KEYS) do
    obs.obs_property_set_modified_callback(obs.obs_properties_get(props, key), function(inner, property, data)
      leave_preset(data, key)
      return show_what_applies(inner, property, data)
    end)
  end
end

local function add_background(props, say, source_names)
  add_list(props, "background", settings.BACKGROUNDS, say)
  local strength = obs.obs_properties_add_int_slider(props, "blur_strength", say "blur_strength", 0, 100, 1)
  obs.obs_property_int_set_suffix(tip(strength, "blur_strength", say), PERCENT)
  add_color(props, "color", say)
  tip(obs.obs_properties_add_path(props, "image_path", say "image_path", obs.OBS_PATH_FILE,
                                  say "image_path.files" .. " (" .. IMAGES .. ")", nil), "image_path", say)
  tip(obs.obs_properties_add_path(props, "video_path", say "video_path", obs.OBS_PATH_FILE,
                                  say "video_path.files" .. " (" .. VIDEOS .. ")", nil), "video_path", say)
  local sources = obs.obs_properties_add_list(props, "background_source", say "background_source",
                                              obs.OBS_COMBO_TYPE_EDITABLE, obs.OBS_COMBO_FORMAT_STRING)
  for _, name in ipairs(source_names) do obs.obs_property_list_add_string(sources, name, name) end
  tip(sources, "background_source", say)
end

-- Greys out the controls that no model serves, and says why: `classes` are those that a model gives.
local function follow_classes(props, say, k, classes)
  local missing = {}
  for _, class in ipairs { "HAIR", "CLOTHES", "FACE_SKIN", "BODY_SKIN" } do
    if bit.band(classes, k["SS_CLASS_" .. class]) == 0 then missing[#missing + 1] = say("class." .. class:lower()) end
  end
  local why = #missing > 0 and say("classes_missing"):format(table.concat(missing, ", ")) or say "classes_complete"
  obs.obs_property_set_description(obs.obs_properties_get(props, "classes_missing"), why)
  for key, class in pairs(NEEDS) do
    obs.obs_property_set_enabled(obs.obs_properties_get(props, key), bit.band(classes, k[class]) ~= 0)
  end
end

local function add_person(props, say)
  local switch = add_switch(props, "show_person", say)
  obs.obs_property_set_modified_callback(switch, show_what_applies)
  obs.obs_properties_add_text(props, "classes_missing", "", obs.OBS_TEXT_INFO)
  add_share(props, "hair_strength", say)
  add_color(props, "hair_color", say)
  add_share(props, "clothes_strength", say)
  add_color(props, "clothes_color", say)
  add_share(props, "face_smooth", say)
  add_share(props, "face_brighten", say)
  add_share(props, "skin_tone", say)
  add_color(props, "skin_color", say)
end

local function add_advanced(props, say)
  local switch = add_switch(props, "show_advanced", say)
  obs.obs_property_set_modified_callback(switch, show_what_applies)
  add_share(props, "threshold", say)
  add_share(props, "softness", say)
  local expand = obs.obs_properties_add_float_slider(props, "expand", say "expand", -20, 20, 0.5)
  obs.obs_property_float_set_suffix(tip(expand, "expand", say), " px")
  add_switch(props, "refine_edges", say)
  add_share(props, "smoothing", say)
  add_share(props, "light_wrap", say)
  add_share(props, "despill", say)
  add_switch(props, "invert", say)
  add_model_list(props, "model", say)
  add_model_list(props, "class_model", say)
  add_list(props, "device", settings.DEVICES, say)
  add_switch(props, "effects_in_engine", say)
end

-- `filter` = { state_text, classes (bit mask), models (see bridge.lua), settings (a table of settings.lua
-- or nil): functions; source_names: a list }, `k` the constants of structs.h.
return function(filter, say, k)
  local props = obs.obs_properties_create()
  local function follow_engine(inner)
    follow_classes(inner, say, k, filter.classes())
    local chosen = filter.settings() or {}
    for _, key in ipairs(MODEL_LISTS) do fill_model_list(inner, key, filter, chosen[key], say) end
  end
  obs.obs_properties_add_text(props, "state", filter.state_text(), obs.OBS_TEXT_INFO)
  obs.obs_properties_add_button(props, "refresh_state", say "refresh_state", function(inner)
    obs.obs_property_set_description(obs.obs_properties_get(inner, "state"), filter.state_text())
    follow_engine(inner)
    return true
  end)
  local preset = add_list(props, "preset", presets.ORDER, say)
  obs.obs_property_set_modified_callback(preset, take_preset)
  add_background(props, say, filter.source_names)
  add_list(props, "view", settings.VIEWS, say)
  add_list(props, "without_matte", settings.WITHOUT_MATTE, say)
  add_list(props, "alignment", settings.ALIGNMENTS, say)
  add_person(props, say)
  add_advanced(props, say)
  follow_engine(props)
  watch_preset_values(props)
  return props
end
