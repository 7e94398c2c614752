-- Step 6 of a frame: the finished picture from frame, mask, class planes and background, as docs/effects.md says.
-- Graphics thread.
local ffi = require "ffi"
local libobs = require "selfieseg.libobs"
local gpu = require "selfieseg.gpu"
local Matte = require "selfieseg.matte"
local Blur = require "selfieseg.blur"
local EdgeLight = require "selfieseg.edge_light"
local Foreground = require "selfieseg.foreground"
local C = libobs.C
jit.off(true, true) -- as all that draws: docs/graphics-thread.md

local Composer = {}
Composer.__index = Composer

-- Instead of a background picture that is not there.
local DARK = { red = 32 / 255, green = 32 / 255, blue = 32 / 255 }
local STRONGEST_BLUR = 100
local vector = ffi.new("struct vec4", { 0, 0, 0, 1 })

-- How the background is drawn: the technique's name in compose.effect, and in edge_light.effect.  Pure.
function Composer.kind_of_background(look, has_layer)
  local background = look.background
  if background == "blur" then return look.blur_strength > 0 and "Layer" or "Own" end
  if background == "color" then return "Color" end
  if background == "grayscale" then return "Grey" end
  if background == "transparent" then return "Transparent" end
  if background == "none" then return "None" end
  return has_layer and "Layer" or "Color"
end

function Composer.new()
  return setmetatable({ matte = Matte.new(), blur = Blur.new(), wrap = EdgeLight.new(),
                        foreground = Foreground.new() }, Composer)
end

local function color_vector(color)
  vector.x, vector.y, vector.z = color.red, color.green, color.blue
  return vector
end
jit.on(color_vector)

-- The GPU work of a new frame that all its draws share.  `frame` is its texture (premultiplied), `mask` has
-- a texture, width and height, `layer` is the texture of a background picture or nil, `planes` that of the class
-- planes or nil, `nothing` one of zeros.
function Composer:prepare(effects, frame, mask, planes, layer, nothing, look, width, height)
  self.frame, self.width, self.height, self.look = frame, width, height, look
  self.planes = planes or nothing
  self.matte_texture = self.matte:draw(effects.matte, mask, frame, look, width, height)
  if look.view == "matte" or look.view == "classes" then return end -- nothing else is shown
  self.image = self.foreground:draw(effects, frame, self.matte_texture, planes, nothing, look, width, height)

  local kind = Composer.kind_of_background(look, layer ~= nil)
  self.layer, self.color = layer, look.background == "color" and look.color or DARK
  if kind == "Layer" and look.background == "blur" then
    self.layer = self.blur:draw(effects.blur, frame, self.matte_texture, width, height, look.blur_strength)
  end
  self.kind, self.technique, self.light = kind, kind, nil
  if look.light_wrap > 0 and kind ~= "Transparent" and kind ~= "None" then
    self.light = self.wrap:draw(effects.edge_light, kind, kind == "Layer" and self.layer or frame, self.matte_texture,
                                kind == "Color" and color_vector(self.color) or nil, width, height)
    self.technique = kind .. "Wrapped"
  end
end

-- Draws the result of the frame that was prepared last into whatever is being drawn to.  Only what the technique
-- reads is set: a test compares both.
function Composer:draw(effects)
  local effect, kind = effects.compose, self.kind
  C.gs_effect_set_texture(effect.image, self.image)
  if kind ~= "None" then C.gs_effect_set_texture(effect.matte, self.matte_texture) end
  if kind == "Layer" then
    C.gs_effect_set_texture(effect.layer, self.layer)
  elseif kind == "Color" then
    C.gs_effect_set_vec4(effect.color, color_vector(self.color))
  elseif kind == "Grey" or kind == "Own" then
    C.gs_effect_set_texture(effect.original, self.frame)
  end
  if self.light then
    C.gs_effect_set_texture(effect.wrap, self.light)
    C.gs_effect_set_float(effect.light_wrap, self.look.light_wrap)
  end
  gpu.sprite(effect, self.technique, self.width, self.height)
end
jit.on(Composer.draw)

-- Draws the matte or the classes of the frame that was prepared last: technique "Matte" or "Classes".
function Composer:draw_view(effects, technique)
  local effect = effects.views
  C.gs_effect_set_texture(effect.matte, self.matte_texture)
  if technique == "Classes" then
    C.gs_effect_set_texture(effect.planes, self.planes)
    C.gs_effect_set_float(effect.inverted, self.look.invert and 1 or 0)
  end
  gpu.sprite(effect, technique, self.width, self.height)
end

-- The GPU work of a frame without a matte: all of it blurred.  `no_person` is a matte that is 0 everywhere.
function Composer:prepare_hidden(effects, frame, no_person, width, height)
  self.frame, self.width, self.height = frame, width, height
  self.hidden = self.blur:draw(effects.blur, frame, no_person, width, height, STRONGEST_BLUR)
  self.no_person = no_person
end

-- Draws what prepare_hidden made.
function Composer:draw_hidden(effects)
  local effect = effects.compose
  C.gs_effect_set_texture(effect.image, self.frame)
  C.gs_effect_set_texture(effect.layer, self.hidden)
  C.gs_effect_set_texture(effect.matte, self.no_person)
  gpu.sprite(effect, "Layer", self.width, self.height)
end

function Composer:bury()
  self.matte:bury()
  self.blur:bury()
  self.wrap:bury()
  self.foreground:bury()
end

return Composer
