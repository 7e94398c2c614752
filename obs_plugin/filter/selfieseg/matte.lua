-- From the model's mask to the matte at the frame's size, as docs/effects.md says.  Graphics thread.
local ffi = require "ffi"
local libobs = require "selfieseg.libobs"
local gpu = require "selfieseg.gpu"
local C = libobs.C
jit.off(true, true) -- as all that draws: docs/graphics-thread.md

local Matte = {}
Matte.__index = Matte

local GRID_ROWS = 360
local ALONG_AXES, ALONG_DIAGONALS = math.sqrt(2) - 1, 1 - math.sqrt(0.5) -- an octagon of radius 1
local LEAST_WIDTH = 1 / 255
local direction, size = ffi.new "struct vec2", ffi.new "struct vec2"

-- The grid on which a mask is grown: columns, rows.  Pure.
function Matte.grid(width, height)
  local rows = math.min(GRID_ROWS, height)
  return math.max(1, math.floor(width * rows / height + 0.5)), rows
end

-- Where the matte begins to be more than nothing, and over how much of the mask it rises to 1.  Pure.
function Matte.levels(threshold, softness)
  local width = math.max(softness, LEAST_WIDTH)
  return threshold * (1 - width), width
end
jit.on(Matte.levels)

function Matte.new()
  return setmetatable({ grids = {} }, Matte)
end

local function draw(effect, technique, image, width, height)
  C.gs_effect_set_texture(effect.image, image)
  gpu.sprite(effect, technique, width, height)
end
jit.on(draw)

-- One pass into the grid's other texture.
local function pass(self, effect, technique, image)
  self.turn = 1 - (self.turn or 0)
  local target = self.grids[self.turn] or gpu.new_target(libobs.GS_R8)
  self.grids[self.turn] = target
  gpu.draw_into(target, self.columns, self.rows, draw, effect, technique, image, self.columns, self.rows)
  return target.texture
end

local function aim(effect, x, y, reach)
  direction.x, direction.y = x, y
  C.gs_effect_set_vec2(effect.direction, direction)
  C.gs_effect_set_float(effect.reach, reach)
end
jit.on(aim)

local function grow_along(self, effect, technique, image, x, y, reach)
  aim(effect, x / self.columns, y / self.rows, reach)
  return pass(self, effect, technique, image)
end

-- The mask, grown by `expand` pixels of a frame 1080 rows high; shrunk where it is negative.
local function grow(self, effect, mask, expand, width, height)
  self.columns, self.rows = Matte.grid(width, height)
  local technique = expand > 0 and "Grow" or "Shrink"
  local radius = math.abs(expand) / 1080 * self.rows
  local image = pass(self, effect, "Stretch", mask)
  image = grow_along(self, effect, technique, image, 1, 0, ALONG_AXES * radius)
  image = grow_along(self, effect, technique, image, 0, 1, ALONG_AXES * radius)
  image = grow_along(self, effect, technique, image, 1, 1, ALONG_DIAGONALS * radius)
  return grow_along(self, effect, technique, image, 1, -1, ALONG_DIAGONALS * radius)
end

-- Whether a mask of this size is brought to the frame's along the frame's edges.  Pure.
function Matte.refines(look, mask_width, mask_height, width, height)
  return look.refine_edges and look.expand == 0 and mask_width < width and mask_height < height
end

-- `frame` is the guide of "Refine".
local function draw_levels(effect, technique, image, frame, look, width, height)
  local low, rise = Matte.levels(look.threshold, look.softness)
  C.gs_effect_set_float(effect.low, low)
  C.gs_effect_set_float(effect.width, rise)
  C.gs_effect_set_float(effect.inverted, look.invert and 1 or 0)
  if technique == "Refine" then C.gs_effect_set_texture(effect.frame, frame) end
  draw(effect, technique, image, width, height)
end
jit.on(draw_levels)

-- Returns the matte's texture, one channel of `width` x `height`.  `mask` has a texture, width and height (as a
-- ResultTexture has); `frame` is the texture that it is a matte of.
function Matte:draw(effect, mask, frame, look, width, height)
  local image, technique = mask.texture, "Levels"
  if look.expand ~= 0 then
    image = grow(self, effect, image, look.expand, width, height)
  elseif Matte.refines(look, mask.width, mask.height, width, height) then
    technique = "Refine"
    size.x, size.y = mask.width, mask.height
    C.gs_effect_set_vec2(effect.size, size)
  end
  self.target = self.target or gpu.new_target(libobs.GS_R8)
  gpu.draw_into(self.target, width, height, draw_levels, effect, technique, image, frame, look, width, height)
  return self.target.texture
end

function Matte:bury()
  for i = 0, 1 do gpu.bury_target(self.grids[i]) end
  gpu.bury_target(self.target)
  self.grids, self.target = {}, nil
end

return Matte
