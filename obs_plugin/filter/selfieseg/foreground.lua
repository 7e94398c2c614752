-- The person with hair, face, skin and clothes as the user wants them.  Graphics thread.
local ffi = require "ffi"
local libobs = require "selfieseg.libobs"
local gpu = require "selfieseg.gpu"
local EdgeLight = require "selfieseg.edge_light"
local C = libobs.C
jit.off(true, true) -- as all that draws: docs/graphics-thread.md

local Foreground = {}
Foreground.__index = Foreground

local SMOOTHING_ROWS = 360 -- the smoothing's radius is one pixel for each so many rows
local REPLACED = { color = true, image = true, video = true, source = true, transparent = true }
local texel, vector = ffi.new "struct vec2", ffi.new "struct vec4"

-- Whether the settings change anything of a person whose classes are known (or not).  Pure.
function Foreground.smooths(look, has_planes)
  return has_planes and look.face_smooth > 0
end

function Foreground.cleans(look)
  return look.despill > 0 and REPLACED[look.background] ~= nil
end

function Foreground.colours(look, has_planes)
  return has_planes and (look.hair_strength > 0 or look.clothes_strength > 0 or look.skin_tone > 0
    or look.face_brighten > 0)
end

function Foreground.new()
  return setmetatable({ room = EdgeLight.new() }, Foreground)
end

local function set_color(param, color, strength)
  vector.x, vector.y, vector.z, vector.w = color.red, color.green, color.blue, strength
  C.gs_effect_set_vec4(param, vector)
end

-- `room` is the texture of its light, nil where the edge is not cleaned of it.
local function set_colours(effect, room, nothing, look)
  C.gs_effect_set_texture(effect.room, room or nothing)
  C.gs_effect_set_float(effect.despill, room and look.despill or 0)
  C.gs_effect_set_float(effect.brighten, look.face_brighten)
  C.gs_effect_set_float(effect.inverted, look.invert and 1 or 0)
  set_color(effect.hair, look.hair_color, look.hair_strength)
  set_color(effect.clothes, look.clothes_color, look.clothes_strength)
  set_color(effect.skin, look.skin_color, look.skin_tone)
end
jit.on(set_color)
jit.on(set_colours)

local function draw(effect, image, matte, planes, width, height)
  C.gs_effect_set_texture(effect.image, image)
  C.gs_effect_set_texture(effect.matte, matte)
  C.gs_effect_set_texture(effect.planes, planes)
  gpu.sprite(effect, "Draw", width, height)
end
jit.on(draw)

local function smooth(self, effect, frame, matte, planes, look, width, height)
  local radius = math.max(1, math.floor(height / SMOOTHING_ROWS + 0.5))
  texel.x, texel.y = radius / width, radius / height
  C.gs_effect_set_vec2(effect.texel, texel)
  C.gs_effect_set_float(effect.strength, look.face_smooth)
  C.gs_effect_set_float(effect.inverted, look.invert and 1 or 0)
  self.smoothed = self.smoothed or gpu.new_target(libobs.GS_RGBA)
  gpu.draw_into(self.smoothed, width, height, draw, effect, frame, matte, planes, width, height)
  return self.smoothed.texture
end

-- Returns the texture of the foreground: `frame` itself where nothing is to be changed.
-- `planes` are the class planes, `nothing` a texture of zeros in their stead and in that of the room's light.
function Foreground:draw(effects, frame, matte, planes, nothing, look, width, height)
  local image = frame
  if Foreground.smooths(look, planes) then
    image = smooth(self, effects.face_smooth, frame, matte, planes, look, width, height)
  end
  local cleans = Foreground.cleans(look)
  if not cleans and not Foreground.colours(look, planes) then return image end

  local room = cleans and self.room:draw(effects.edge_light, "Room", frame, matte, nil, width, height) or nil
  set_colours(effects.foreground, room, nothing, look)
  self.coloured = self.coloured or gpu.new_target(libobs.GS_RGBA)
  gpu.draw_into(self.coloured, width, height, draw, effects.foreground, image, matte, planes or nothing, width, height)
  return self.coloured.texture
end

function Foreground:bury()
  self.room:bury()
  gpu.bury_target(self.smoothed)
  gpu.bury_target(self.coloured)
  self.smoothed, self.coloured = nil, nil
end

return Foreground
