-- The newest class planes on the GPU: hair, body skin, face skin and clothes in one texture.
-- They come at a lower rate than the masks, straight from the engine (structs.h).  Graphics thread.
local libobs = require "selfieseg.libobs"
local gpu = require "selfieseg.gpu"
local policy = require "selfieseg.policy"
local C = libobs.C
jit.off(true, true) -- as all that draws: docs/graphics-thread.md

local ClassTexture = {}
ClassTexture.__index = ClassTexture

function ClassTexture.new()
  return setmetatable({ seq = 0, width = 0, height = 0, t_ns = nil }, ClassTexture)
end

local function ensure(self, width, height)
  if self.texture and self.width == width and self.height == height then return end
  if self.texture then gpu.bury("gs_texture_destroy", self.texture) end
  self.texture = nil
  self.texture = C.gs_texture_create(width, height, libobs.GS_RGBA, 1, nil, libobs.GS_DYNAMIC)
  assert(self.texture ~= nil, "no memory for the class maps")
  self.width, self.height = width, height
end

-- Uploads the newest planes of `ring`, if they are new and whole.
function ClassTexture:take_from(ring)
  local index, seq = ring:newest_plane()
  if not index or seq == self.seq then return end
  local header = ring.planes[index]
  local t_ns = ring:plane_time(index)
  ensure(self, header.width, header.height)
  C.gs_texture_set_image(self.texture, ring.plane_pixels[index], header.stride, false)
  -- Overwritten while it was read: half of another map must not be shown, and the next one comes soon.
  self.t_ns = ring:plane_is_whole(index, seq) and t_ns or nil
  self.seq = seq
end

-- Another ring counts its planes from the beginning.
function ClassTexture:forget()
  self.seq, self.t_ns = 0, nil
end

-- The texture, nil while there is none that belongs to the present.
function ClassTexture:fresh(now_ns)
  return self.texture and policy.classes_are_fresh(self.t_ns, now_ns) and self.texture or nil
end

function ClassTexture:bury()
  if self.texture then gpu.bury("gs_texture_destroy", self.texture) end
  self.texture = nil
end

return ClassTexture
