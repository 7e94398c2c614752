-- The light around the person: a small, smooth picture, as docs/effects.md says.  Graphics thread.
local ffi = require "ffi"
local libobs = require "selfieseg.libobs"
local gpu = require "selfieseg.gpu"
local C = libobs.C
jit.off(true, true) -- as all that draws: docs/graphics-thread.md

local EdgeLight = {}
EdgeLight.__index = EdgeLight

local GRID_ROWS = 180
local texel = ffi.new "struct vec2"

-- Columns and rows of the small picture.  Pure.
function EdgeLight.grid(width, height)
  local rows = math.min(GRID_ROWS, height)
  return math.max(1, math.floor(width * rows / height + 0.5)), rows
end

function EdgeLight.new()
  return setmetatable({ grids = {} }, EdgeLight)
end

-- `image` and `matte` are nil where the technique reads none.
local function draw(effect, technique, image, matte, columns, rows)
  if image then C.gs_effect_set_texture(effect.image, image) end
  if matte then C.gs_effect_set_texture(effect.matte, matte) end
  C.gs_effect_set_vec2(effect.texel, texel)
  gpu.sprite(effect, technique, columns, rows)
end
jit.on(draw)

local function pass(self, index, effect, technique, image, matte)
  local target = self.grids[index] or gpu.new_target(libobs.GS_RGBA16F)
  self.grids[index] = target
  gpu.draw_into(target, self.columns, self.rows, draw, effect, technique, image, matte, self.columns, self.rows)
  return target.texture
end

-- Returns the light's texture, colours premultiplied by how much background is near.  `technique` names where
-- the light comes from; `color` (a vec4) is used by "Color" alone.
function EdgeLight:draw(effect, technique, image, matte, color, width, height)
  self.columns, self.rows = EdgeLight.grid(width, height)
  if color then C.gs_effect_set_vec4(effect.color, color) end
  texel.x, texel.y = 0.25 / self.columns, 0.25 / self.rows
  local light = pass(self, 0, effect, technique, technique ~= "Color" and image or nil, matte)
  texel.x, texel.y = 1 / self.columns, 0
  light = pass(self, 1, effect, "Tent", light)
  texel.x, texel.y = 0, 1 / self.rows
  return pass(self, 0, effect, "Tent", light)
end

function EdgeLight:bury()
  for i = 0, 1 do gpu.bury_target(self.grids[i]) end
  self.grids = {}
end

return EdgeLight
