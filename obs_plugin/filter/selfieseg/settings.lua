-- The filter's settings: defaults, and a plain table from OBS's data.  Keys are the product's contract.
local obs = obslua

local M = {}

M.BACKGROUNDS = { "blur", "color", "transparent", "none" }
M.WITHOUT_MATTE = { "blur", "hide", "hold", "show" }
M.VIEWS = { "result", "matte" }
M.MODELS = { "auto", "selfie_segmentation_landscape", "selfie_segmentation" }
M.DEVICES = { "AUTO", "CPU", "GPU", "NPU" }

local GREEN = 0xFF00FF00 -- OBS colours are 0xAABBGGRR

function M.set_defaults(data)
  obs.obs_data_set_default_string(data, "background", "blur")
  obs.obs_data_set_default_int(data, "blur_strength", 50)
  obs.obs_data_set_default_int(data, "color", GREEN)
  obs.obs_data_set_default_string(data, "without_matte", "blur")
  obs.obs_data_set_default_string(data, "view", "result")
  obs.obs_data_set_default_string(data, "model", "auto")
  obs.obs_data_set_default_string(data, "device", "AUTO")
end

local function known(value, values)
  for _, each in ipairs(values) do
    if each == value then return value end
  end
  return values[1] -- the safe one comes first
end

local function channel(color, shift)
  return math.floor(color / 2 ^ shift) % 256 / 255
end

function M.read(data)
  local color = obs.obs_data_get_int(data, "color") % 2 ^ 32
  return {
    background = known(obs.obs_data_get_string(data, "background"), M.BACKGROUNDS),
    blur_strength = math.max(0, math.min(100, obs.obs_data_get_int(data, "blur_strength"))),
    red = channel(color, 0), green = channel(color, 8), blue = channel(color, 16),
    without_matte = known(obs.obs_data_get_string(data, "without_matte"), M.WITHOUT_MATTE),
    view = known(obs.obs_data_get_string(data, "view"), M.VIEWS),
    model = obs.obs_data_get_string(data, "model"),
    device = obs.obs_data_get_string(data, "device"),
  }
end

return M
