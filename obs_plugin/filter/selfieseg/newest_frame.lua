-- `alignment` = "low_latency": the newest frame is shown with the newest matte.
-- Graphics thread, inside video_render; `bury` anywhere.  The same functions as held_frames.lua.
local libobs = require "selfieseg.libobs"
local gpu = require "selfieseg.gpu"
local policy = require "selfieseg.policy"
local ResultTexture = require "selfieseg.result_texture"
jit.off(true, true) -- as all that draws: docs/graphics-thread.md

local NewestFrame = {}
NewestFrame.__index = NewestFrame

-- `k` are the constants of structs.h.
function NewestFrame.new(k)
  return setmetatable({ kind = k.SS_ALIGNMENT_LOW_LATENCY, result = ResultTexture.new(k) }, NewestFrame)
end

-- What the next frame is to be drawn into.
function NewestFrame:next_target()
  self.target = self.target or gpu.new_target(libobs.GS_RGBA)
  return self.target
end

function NewestFrame.keep() end -- the newest frame is the one that is there

-- Uploads the newest result of `ring`.  Returns how many were drawn, and how many were torn.
function NewestFrame:take_from(ring)
  local index = ring:newest_result()
  if not index then return 0, 0 end
  local outcome = self.result:upload(ring, index)
  ring:free(index)
  return outcome == "drawn" and 1 or 0, outcome == "torn" and 1 or 0
end

-- What the frame `newest` is to show: a texture, its matte or finished picture (a ResultTexture, nil: none may be
-- used), how many frames older the matte's picture is, and whether it is what the frame before has shown.
function NewestFrame:choose(newest, now_ns, background, inverted)
  local result, texture = self.result, self.target.texture
  if not policy.is_fresh(result.t_ns, now_ns) or not result:suits(background, inverted) then
    return texture, nil, 0, false
  end
  return texture, result, newest - result.seq, false
end

-- How many frames late the picture is.
function NewestFrame.delay() return 0 end

function NewestFrame:bury()
  gpu.bury_target(self.target)
  self.target = nil
  self.result:bury()
end

return NewestFrame
