-- Background blur: dual Kawase (M. Bjørge, "Bandwidth-Efficient Rendering", SIGGRAPH 2015) over the
-- background alone: each pixel counts by how much background it is, and in the end the sum is divided by
-- the counts, so the person's colours do not bleed into the blur.  Graphics thread.
local ffi = require "ffi"
local libobs = require "selfieseg.libobs"
local gpu = require "selfieseg.gpu"
local C = libobs.C
jit.off(true, true) -- as all that draws: docs/graphics-thread.md

local Blur = {}
Blur.__index = Blur

local LEVELS = 6                -- level i is the frame's size divided by 2^i
local MAX_SPREAD = 2 ^ 6.5      -- of strength 100, in pixels of a frame 1080 pixels high
local MIN_SPREAD = 2 ^ 1.01
local texel = ffi.new "struct vec2"

-- How to blur: first level, deepest level, sampling offset.  The work is nearly the same at any strength,
-- for a strong blur starts from a smaller picture.  Pure.
function Blur.plan(strength, height)
  local spread = MAX_SPREAD * (strength / 100) * (height / 1080)
  if spread < MIN_SPREAD then spread = MIN_SPREAD end
  local octave = math.log(spread) / math.log(2)
  local deepest = math.min(LEVELS, math.floor(octave))
  local offset = 2 ^ (octave - deepest)
  local first = math.max(1, deepest - 2)
  return first, deepest, offset
end

function Blur.new()
  return setmetatable({ levels = {} }, Blur)
end

local function weigh(effect, image, matte)
  C.gs_effect_set_texture(effect.image, image)
  C.gs_effect_set_texture(effect.matte, matte)
  C.gs_effect_set_vec2(effect.texel, texel)
  gpu.sprite(effect, "Weigh", effect.draw_width, effect.draw_height)
end
jit.on(weigh)

local function resample(effect, image, technique)
  C.gs_effect_set_texture(effect.image, image)
  C.gs_effect_set_vec2(effect.texel, texel)
  gpu.sprite(effect, technique, effect.draw_width, effect.draw_height)
end
jit.on(resample)

local function level_size(size, level)
  local divided = math.floor(size / 2 ^ level)
  return divided > 1 and divided or 1
end

local function finish(effect, image, sums)
  C.gs_effect_set_texture(effect.image, image)
  C.gs_effect_set_texture(effect.sums, sums)
  gpu.sprite(effect, "Finish", effect.draw_width, effect.draw_height)
end
jit.on(finish)

local function draw_level(self, effect, level, width, height, draw, a, b)
  local target = self.levels[level]
  if not target then
    target = gpu.new_target(libobs.GS_RGBA16F)
    self.levels[level] = target
  end
  effect.draw_width, effect.draw_height = level_size(width, level), level_size(height, level)
  gpu.draw_into(target, effect.draw_width, effect.draw_height, draw, effect, a, b)
  return target
end

-- Blurs the background of `image` (premultiplied) and returns the texture: straight colours, smaller than the frame.
function Blur:draw(effect, image, matte, width, height, strength)
  local first, deepest, offset = Blur.plan(strength, height)
  texel.x, texel.y = 2 ^ first / width / 4, 2 ^ first / height / 4
  local target = draw_level(self, effect, first, width, height, weigh, image, matte)
  for level = first + 1, deepest do
    texel.x, texel.y = offset * 0.5 / target.width, offset * 0.5 / target.height
    target = draw_level(self, effect, level, width, height, resample, target.texture, "Down")
  end
  for level = deepest - 1, first, -1 do
    texel.x, texel.y = offset * 0.5 / target.width, offset * 0.5 / target.height
    target = draw_level(self, effect, level, width, height, resample, target.texture, "Up")
  end
  self.finished = self.finished or gpu.new_target(libobs.GS_RGBA)
  effect.draw_width, effect.draw_height = target.width, target.height
  gpu.draw_into(self.finished, target.width, target.height, finish, effect, image, target.texture)
  return self.finished.texture
end

function Blur:bury()
  gpu.bury_target(self.finished)
  self.finished = nil
  for _, target in pairs(self.levels) do gpu.bury_target(target) end
  self.levels = {}
end

return Blur
