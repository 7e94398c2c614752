-- The settings as text for the Python half and the engine (selfieseg_wire/look_text.py).  Pure.
local KEYS = {
  "background", "blur_strength", "color", "background_source", "invert", "threshold", "softness", "expand",
  "smoothing", "refine_edges", "alignment", "light_wrap", "despill", "hair_color", "hair_strength", "clothes_color",
  "clothes_strength", "face_smooth", "face_brighten", "skin_tone", "skin_color", "view", "class_model",
  "effects_in_engine", "image_path", "video_path",
}

local function as_text(value)
  if type(value) == "boolean" then return value and "1" or "0" end
  if type(value) == "number" then return ("%.6g"):format(value) end
  if type(value) == "table" then
    return ("#%02X%02X%02X"):format(value.red * 255 + 0.5, value.green * 255 + 0.5, value.blue * 255 + 0.5)
  end
  return value
end

-- `look` is a table of settings.lua.  A text with a line break in it is left out: no file or source has one.
return function(look)
  local lines = {}
  for _, key in ipairs(KEYS) do
    local value = as_text(look[key])
    if not value:find "[\r\n]" then lines[#lines + 1] = key .. "=" .. value end
  end
  return table.concat(lines, "\n")
end
