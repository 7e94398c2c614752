-- What the presets set.  A preset gives the defaults of these settings; what the user sets himself wins, and in
-- the dialogue a change of one of them makes the preset "custom".  Pure.
local M = {}

M.ORDER = { "balanced", "fast", "best", "meeting", "studio", "green_screen", "custom" }

local GREEN, CHARCOAL = 0xFF00FF00, 0xFF2C2824 -- OBS colours are 0xAABBGGRR

-- Threshold and softness (1: the matte's own) are those with the least error on photos and moving pictures with true
-- mattes.  Despill pays with a good matte (half the error at the edge with a perfect one, hardly anything with a
-- coarse one), light wrap is taste.
local BALANCED = {
  background = "blur", blur_strength = 50, color = GREEN, threshold = 0.5, softness = 1, light_wrap = 0,
  despill = 0, model = "auto", alignment = "low_latency", smoothing = 0.5, refine_edges = true,
}

local function with(changes)
  local preset = {}
  for key, value in pairs(BALANCED) do preset[key] = value end
  for key, value in pairs(changes) do preset[key] = value end
  return preset
end

local PRESETS = {
  balanced = BALANCED,
  custom = BALANCED,
  -- Without refined edges a mask is blurred: half of its softness has the least error.
  fast = with { model = "selfie_segmentation_landscape", refine_edges = false, smoothing = 0,
                softness = 0.5 },
  best = with { light_wrap = 0.1, despill = 0.75, model = "selfie_segmentation" },
  meeting = with { blur_strength = 25 },
  studio = with { background = "color", color = CHARCOAL, light_wrap = 0.2, despill = 0.75 },
  -- For a chroma key further on: a plain colour, and none of it on the person.
  green_screen = with { background = "color", softness = 0.5, despill = 1 },
}

-- The settings of a preset; those of "balanced" for an unknown one.
function M.get(name)
  return PRESETS[name] or BALANCED
end

-- The keys that presets set, always in the same order.
M.KEYS = {}
for key in pairs(BALANCED) do M.KEYS[#M.KEYS + 1] = key end
table.sort(M.KEYS)

return M
