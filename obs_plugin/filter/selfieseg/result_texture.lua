-- Step 5 of a frame: one result of the engine on the GPU: a mask, or a finished picture.
-- Graphics thread, inside video_render.
local libobs = require "selfieseg.libobs"
local gpu = require "selfieseg.gpu"
local C = libobs.C
jit.off(true, true) -- as all that draws: docs/graphics-thread.md

local ResultTexture = {}
ResultTexture.__index = ResultTexture

-- `k` are the constants of structs.h.
function ResultTexture.new(k)
  return setmetatable({ k = k, width = 0, height = 0, kind = nil, t_ns = nil, seq = nil }, ResultTexture)
end

local function ensure(self, kind, width, height)
  if self.texture and self.kind == kind and self.width == width and self.height == height then return end
  if self.texture then gpu.bury("gs_texture_destroy", self.texture) end
  self.texture = nil
  local format = kind == self.k.SS_RESULT_MATTE_U8 and libobs.GS_R8 or libobs.GS_RGBA
  self.texture = C.gs_texture_create(width, height, format, 1, nil, libobs.GS_DYNAMIC)
  assert(self.texture ~= nil, "no memory for the engine's results")
  self.kind, self.width, self.height = kind, width, height
end

-- Uploads the result in slot `index` of `ring`; the caller frees it.  Returns "drawn" or "torn".
-- self.t_ns is when the picture of the uploaded result was drawn, nil while there is none to be used; self.seq is the
-- number of that picture.
function ResultTexture:upload(ring, index)
  local slot = ring.slots[index]
  local outcome = "torn"
  if ring:is_whole(index) then
    ensure(self, slot.result_kind, slot.result_width, slot.result_height)
    self.background, self.inverted = slot.result_background, slot.result_inverted == 1
    C.gs_texture_set_image(self.texture, ring.results[index], slot.result_stride, false)
    if ring:is_whole(index) then outcome = "drawn" end
  end
  self.t_ns = outcome == "drawn" and ring:time_of(index) or nil
  self.seq = ring:seq_of(index)
  return outcome
end

-- There is nothing to be used any more; the texture stays for the next result.
function ResultTexture:forget()
  self.t_ns = nil
end

-- Whether the result may be shown to a user who wants this background (SS_BACKGROUND_*): a picture that was
-- finished before he chose it may show the room.
function ResultTexture:suits(background, inverted)
  return self:mask() ~= nil or self.background == background and self.inverted == inverted
end

-- The texture of the mask, nil where there is none.
function ResultTexture:mask()
  return self.kind == self.k.SS_RESULT_MATTE_U8 and self.texture or nil
end

-- The texture of the finished picture, nil where there is none.
function ResultTexture:picture()
  return self.kind == self.k.SS_RESULT_COMPOSITE_RGBA and self.texture or nil
end

function ResultTexture:bury()
  if self.texture then gpu.bury("gs_texture_destroy", self.texture) end
  self.texture = nil
end

return ResultTexture
