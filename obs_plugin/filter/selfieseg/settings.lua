-- The filter's settings: defaults, and a plain table from OBS's data.  Keys are the product's contract.
local obs = obslua
local presets = require "selfieseg.presets"

local M = {}

-- In each list the safe value comes first: it stands in for one that is not known.
M.BACKGROUNDS = { "blur", "color", "image", "video", "source", "transparent", "grayscale", "none" }
M.WITHOUT_MATTE = { "blur", "hide", "hold", "show" }
M.ALIGNMENTS = { "low_latency", "exact" }
M.VIEWS = { "result", "matte", "classes", "split" }
M.MODELS = { "auto", "selfie_segmentation_landscape", "selfie_segmentation" }
M.CLASS_MODELS = { "auto", "selfie_multiclass_256x256", "hair_segmentation" }
M.DEVICES = { "AUTO", "CPU", "GPU", "NPU" }

-- OBS colours are 0xAABBGGRR.
local VIOLET, BLUE, WARM = 0xFFFC3F8A, 0xFFBF5F1F, 0xFF8AACE0

local TEXTS = {
  preset = "balanced", image_path = "", video_path = "", background_source = "", without_matte = "blur",
  view = "result", device = "AUTO", class_model = "auto",
}
local NUMBERS = { expand = 0, hair_strength = 0, clothes_strength = 0, face_smooth = 0, face_brighten = 0,
                  skin_tone = 0 }
local COLORS = { hair_color = VIOLET, clothes_color = BLUE, skin_color = WARM }
local SWITCHES = { "invert", "effects_in_engine", "show_person", "show_advanced" }

-- Makes the defaults of the preset's settings those of the preset.
function M.set_preset_defaults(data, preset)
  for key, value in pairs(presets.get(preset)) do
    if type(value) == "string" then
      obs.obs_data_set_default_string(data, key, value)
    elseif type(value) == "boolean" then
      obs.obs_data_set_default_bool(data, key, value)
    elseif key == "color" or key == "blur_strength" then
      obs.obs_data_set_default_int(data, key, value)
    else
      obs.obs_data_set_default_double(data, key, value)
    end
  end
end

function M.set_defaults(data)
  for key, value in pairs(TEXTS) do obs.obs_data_set_default_string(data, key, value) end
  for key, value in pairs(NUMBERS) do obs.obs_data_set_default_double(data, key, value) end
  for key, value in pairs(COLORS) do obs.obs_data_set_default_int(data, key, value) end
  for _, key in ipairs(SWITCHES) do obs.obs_data_set_default_bool(data, key, false) end
  M.set_preset_defaults(data, TEXTS.preset)
end

local function known(value, values)
  for _, each in ipairs(values) do
    if each == value then return value end
  end
  return values[1]
end

local function within(value, low, high)
  if value ~= value then return low end -- not a number
  return math.max(low, math.min(high, value))
end

-- A value that the preset sets unless the user did.  (The data's own defaults are those of the dialogue's preset;
-- changing them here would be a write to data that the dialogue may be reading.)
local function preset_value(data, preset, key, get)
  if obs.obs_data_has_user_value(data, key) then return get(data, key) end
  return preset[key]
end

local function color_of(number)
  number = number % 2 ^ 32
  local function channel(shift) return math.floor(number / 2 ^ shift) % 256 / 255 end
  return { red = channel(0), green = channel(8), blue = channel(16) }
end

-- All settings as plain values within their ranges; colours as { red, green, blue } in 0…1.
function M.read(data)
  local preset = presets.get(obs.obs_data_get_string(data, "preset"))
  local function text(key) return preset_value(data, preset, key, obs.obs_data_get_string) end
  local function int(key) return preset_value(data, preset, key, obs.obs_data_get_int) end
  local function number(key) return preset_value(data, preset, key, obs.obs_data_get_double) end
  local function switch(key) return preset_value(data, preset, key, obs.obs_data_get_bool) end
  local function own(key) return obs.obs_data_get_string(data, key) end
  local function share(key) return within(obs.obs_data_get_double(data, key), 0, 1) end
  local look = {
    background = known(text "background", M.BACKGROUNDS),
    blur_strength = within(int "blur_strength", 0, 100),
    color = color_of(int "color"),
    threshold = within(number "threshold", 0, 1), softness = within(number "softness", 0, 1),
    light_wrap = within(number "light_wrap", 0, 1), despill = within(number "despill", 0, 1),
    smoothing = within(number "smoothing", 0, 1), refine_edges = switch "refine_edges",
    expand = within(obs.obs_data_get_double(data, "expand"), -20, 20),
    invert = obs.obs_data_get_bool(data, "invert"),
    image_path = own "image_path", video_path = own "video_path", background_source = own "background_source",
    without_matte = known(own "without_matte", M.WITHOUT_MATTE),
    alignment = known(text "alignment", M.ALIGNMENTS),
    view = known(own "view", M.VIEWS),
    model = text "model", device = own "device", class_model = own "class_model",
    effects_in_engine = obs.obs_data_get_bool(data, "effects_in_engine"),
    hair_strength = share "hair_strength", clothes_strength = share "clothes_strength",
    face_smooth = share "face_smooth", face_brighten = share "face_brighten", skin_tone = share "skin_tone",
  }
  for key in pairs(COLORS) do look[key] = color_of(obs.obs_data_get_int(data, key)) end
  look.changes_person = look.hair_strength > 0 or look.clothes_strength > 0 or look.face_smooth > 0
    or look.face_brighten > 0 or look.skin_tone > 0
  return look
end

return M
