-- Step 5 of a frame: the newest matte, on the GPU.  Graphics thread, inside video_render.
local ffi = require "ffi"
local libobs = require "selfieseg.libobs"
local gpu = require "selfieseg.gpu"
local C = libobs.C

local MatteTexture = {}
MatteTexture.__index = MatteTexture

function MatteTexture.new()
  return setmetatable({ width = 0, height = 0, t_ns = nil }, MatteTexture)
end

function MatteTexture:ensure(width, height)
  if self.texture and self.width == width and self.height == height then return end
  if self.texture then gpu.bury("gs_texture_destroy", self.texture) end
  self.texture = C.gs_texture_create(width, height, libobs.GS_R8, 1, nil, libobs.GS_DYNAMIC)
  assert(self.texture ~= nil, "no memory for the matte")
  self.width, self.height = width, height
end

-- Uploads the newest result of `ring`, if there is one.  Returns "drawn", "torn" or nil (nothing new).
-- self.t_ns is when the picture of the uploaded matte was drawn, nil while there is no matte to be used.
function MatteTexture:take_from(ring)
  local index = ring:newest_result()
  if not index then return nil end
  local slot = ring.slots[index]
  local outcome = "torn"
  if ring:is_whole(index) then
    self:ensure(slot.result_width, slot.result_height)
    C.gs_texture_set_image(self.texture, ring.results[index], slot.result_stride, false)
    if ring:is_whole(index) then outcome = "drawn" end
  end
  self.t_ns = outcome == "drawn" and tonumber(slot.frame_t_ns) or nil
  ring:free(index)
  return outcome
end

function MatteTexture:bury()
  if self.texture then gpu.bury("gs_texture_destroy", self.texture) end
  self.texture = nil
end

local black_texture

-- A matte that says "all background", for pictures without a matte.
function MatteTexture.black()
  if not black_texture then
    local pixels = ffi.new "uint8_t[1]"
    local rows = ffi.new("const uint8_t *[1]", pixels)
    local texture = C.gs_texture_create(1, 1, libobs.GS_R8, 1, rows, 0)
    assert(texture ~= nil, "no memory for a texture")
    black_texture = texture
  end
  return black_texture
end

function MatteTexture.bury_black()
  if black_texture then gpu.bury("gs_texture_destroy", black_texture) end
  black_texture = nil
end

return MatteTexture
