-- The background picture: the pixels of an image that the Python half has published, or another OBS source, drawn
-- live.  One texture of the frame's size, straight and opaque.  Graphics thread, inside video_render.
local ffi = require "ffi"
local libobs = require "selfieseg.libobs"
local gpu = require "selfieseg.gpu"
local C = libobs.C
jit.off(true, true) -- as all that draws: docs/graphics-thread.md

local BackgroundLayer = {}
BackgroundLayer.__index = BackgroundLayer

local DARK = ffi.new("struct vec4", { 32 / 255, 32 / 255, 32 / 255, 1 })
local OF_SOURCE = { source = true, video = true }

-- One background source inside another is not drawn: by way of two filters they could show the room.
local drawing = false

-- Whether `searched` is somewhere in the tree of `source`.  LuaJIT makes one C function of this, for all filters.
local searched, found
local on_source = ffi.cast("selfieseg_enum_proc", function(_, child)
  if child == searched then found = true end
end)

local function contains(source, other)
  searched, found = other, false
  C.obs_source_enum_full_tree(source, on_source, nil)
  return found or source == other
end

function BackgroundLayer.new()
  return setmetatable({ generation = nil }, BackgroundLayer)
end

-- How to look at a picture of width x height so that it covers a frame: left, right, top, bottom.  Pure.
function BackgroundLayer.cover(width, height, frame_width, frame_height)
  local scale = math.max(frame_width / width, frame_height / height)
  local shown_width, shown_height = frame_width / scale, frame_height / scale
  local left, top = (width - shown_width) / 2, (height - shown_height) / 2
  return left, left + shown_width, top, top + shown_height
end

local function draw_source(source, width, height, frame_width, frame_height)
  local left, right, top, bottom = BackgroundLayer.cover(width, height, frame_width, frame_height)
  C.gs_ortho(left, right, top, bottom, -100, 100)
  C.gs_clear(libobs.GS_CLEAR_COLOR, DARK, 0, 0)
  C.gs_blend_state_push()
  C.gs_blend_function_separate(libobs.GS_BLEND_SRCALPHA, libobs.GS_BLEND_INVSRCALPHA,
                               libobs.GS_BLEND_ONE, libobs.GS_BLEND_INVSRCALPHA)
  C.obs_source_video_render(source)
  C.gs_blend_state_pop()
end

-- With its filters: one of them may cut it.
local function size_of(source)
  return C.obs_source_get_width(source), C.obs_source_get_height(source)
end

-- Draws a strong reference's picture; returns its texture, nil where it has none, or has `parent` in it.
local function texture_of_source(self, source, parent, frame_width, frame_height)
  local width, height = size_of(source)
  if width == 0 or height == 0 or contains(source, parent) then return nil end
  self.target = self.target or gpu.new_target(libobs.GS_RGBA)
  drawing = true
  local ok, why = pcall(gpu.draw_into, self.target, frame_width, frame_height, draw_source, source, width, height,
                        frame_width, frame_height)
  drawing = false
  assert(ok, why)
  -- Asked again, as it may have come in meanwhile: OBS draws a parent inside its own filter as it is, the room.
  if contains(source, parent) then return nil end
  return self.target.texture
end

local function live(self, entry, parent, width, height)
  self.left_out = drawing
  if drawing or entry.background_source == 0 then return nil end
  local weak = ffi.cast("obs_weak_source_t *", entry.background_source)
  local source = C.obs_weak_source_get_source(weak)
  if source == nil then return nil end
  local ok, texture = pcall(texture_of_source, self, source, parent, width, height)
  C.obs_source_release(source)
  assert(ok, texture)
  return texture
end

local function bury_image(self)
  if self.image then gpu.bury("gs_texture_destroy", self.image) end
  self.image = nil
end

-- The pixels are copied once; Python may take them back any time between two renders.
local function image(self, entry)
  if self.generation == entry.background_generation then return self.image end
  self.generation = entry.background_generation
  bury_image(self)
  if entry.backdrop_address == 0 then return nil end
  local rows = ffi.new("const uint8_t *[1]", ffi.cast("const uint8_t *", entry.backdrop_address))
  local texture = C.gs_texture_create(entry.backdrop_width, entry.backdrop_height, libobs.GS_RGBA, 1, rows, 0)
  assert(texture ~= nil, "no memory for the background picture")
  self.image = texture
  return texture
end

-- Whether the last picture was left out because it was asked for within another background, and this is not.
function BackgroundLayer:is_due()
  return self.left_out and not drawing
end

-- The texture of the background of `look`, nil where there is none or it cannot be had.
function BackgroundLayer:prepare(entry, look, parent, width, height)
  self.left_out = false
  if look.background == "image" then return image(self, entry) end
  if OF_SOURCE[look.background] then return live(self, entry, parent, width, height) end
end

function BackgroundLayer:bury()
  bury_image(self)
  gpu.bury_target(self.target)
  self.target, self.generation = nil, nil
end

-- Frees the C function, when no filter is left.
function BackgroundLayer.unload()
  on_source:free()
end

return BackgroundLayer
