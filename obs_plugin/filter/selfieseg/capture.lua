-- Steps 1 to 4 of a frame: the target into a texture, that into the small work frame, the work frame back
-- from the GPU (one frame later, or at once where the GPU need not be waited for), and into the frame ring.
-- Graphics thread, inside video_render.
local ffi = require "ffi"
local bit = require "bit"
local libobs = require "selfieseg.libobs"
local gpu = require "selfieseg.gpu"
local clock = require "selfieseg.clock"
local Readback = require "selfieseg.readback"
local C = libobs.C
jit.off(true, true) -- as all that draws: docs/graphics-thread.md

local Capture = {}
Capture.__index = Capture

local mapped_rows, mapped_linesize = ffi.new "uint8_t *[1]", ffi.new "uint32_t[1]"

function Capture.new()
  return setmetatable({ full = nil, work = nil, stages = {}, staged_seq = {}, staged_t = {}, turn = 0, seq = 0,
                        width = 0, height = 0, readback = Readback.new() }, Capture)
end

-- The target as OBS itself would hand it to a filter: premultiplied colours in a texture of its size.
-- Drawing with the other call than the one OBS would use shows nothing (images) or nothing new (cameras).
local function draw_target(target, is_plain)
  C.gs_blend_state_push()
  C.gs_blend_function_separate(libobs.GS_BLEND_SRCALPHA, libobs.GS_BLEND_INVSRCALPHA,
                               libobs.GS_BLEND_ONE, libobs.GS_BLEND_INVSRCALPHA)
  if is_plain then C.obs_source_default_render(target) else C.obs_source_video_render(target) end
  C.gs_blend_state_pop()
end

local PLAIN_MASK = libobs.OBS_SOURCE_ASYNC + libobs.OBS_SOURCE_CUSTOM_DRAW

-- Draws the target into `full`, a render target; self.seq is the number of this frame.
function Capture:draw_full(target, parent, width, height, full)
  local is_plain = target == parent and bit.band(C.obs_source_get_output_flags(target), PLAIN_MASK) == 0
  gpu.draw_into(full, width, height, draw_target, target, is_plain)
  self.full, self.width, self.height, self.seq = full, width, height, self.seq + 1
end

local function shrink(effect, full, work)
  C.gs_effect_set_texture(effect.image, full.texture)
  gpu.sprite(effect, "Draw", work.width_wanted, work.height_wanted)
end
jit.on(shrink)

function Capture:bury_stages()
  for i = 0, 1 do
    if self.stages[i] then gpu.bury("gs_stagesurface_destroy", self.stages[i]) end
    self.stages[i], self.staged_seq[i] = nil, nil
  end
end

local function make_stages(self, width, height)
  self:bury_stages()
  for i = 0, 1 do
    self.stages[i] = C.gs_stagesurface_create(width, height, libobs.GS_RGBA)
    assert(self.stages[i] ~= nil, "no memory to read the picture back")
  end
end

-- Puts a frame that was staged into `ring`, and tells `readback`, where given, how long the GPU was waited for.
-- Returns as `exchange` does.
local function send(self, index, ring, width, height, readback)
  local seq = self.staged_seq[index]
  if not seq then return nil end
  self.staged_seq[index] = nil
  local slot = ring:free_slot()
  if not slot then return "dropped" end
  local before = readback and clock.now_ns()
  if not C.gs_stagesurface_map(self.stages[index], mapped_rows, mapped_linesize) then return nil end
  if readback then readback:has_waited(clock.now_ns() - before, self.staged_t[index]) end
  ring:write_frame(slot, seq, self.staged_t[index], width, height, mapped_rows, mapped_linesize)
  C.gs_stagesurface_unmap(self.stages[index])
  return "sent"
end

-- Starts reading this frame back, and puts one into `ring`: the one staged before, or this one at once where
-- `may_be_prompt` and nothing has to be waited for.
-- Returns "sent", "dropped" (no slot was free) or nil (nothing was staged yet).
function Capture:exchange(effect, ring, width, height, t_ns, may_be_prompt)
  assert(width * height * 4 <= ring.frame_capacity, "the work frame does not fit into its slot")
  local work = self.work
  if not work then
    work = gpu.new_target(libobs.GS_RGBA)
    self.work = work
  end
  if work.width_wanted ~= width or work.height_wanted ~= height then
    work.width_wanted = nil -- until there are surfaces of that size
    make_stages(self, width, height)
    work.width_wanted, work.height_wanted = width, height
  end
  gpu.draw_into(work, width, height, shrink, effect, self.full, work)

  local this, last = self.turn, 1 - self.turn
  self.turn = last
  C.gs_stage_texture(self.stages[this], work.texture)
  self.staged_seq[this], self.staged_t[this] = self.seq, t_ns
  local readback = self.readback
  if not may_be_prompt then
    if readback.is_prompt then readback:give_up(t_ns) end
  elseif readback:wants_at_once(t_ns) then
    self.staged_seq[last] = nil -- older than what is sent now
    return send(self, this, ring, width, height, readback)
  end
  return send(self, last, ring, width, height)
end

function Capture:bury()
  self.full = nil -- not ours
  gpu.bury_target(self.work)
  self:bury_stages()
end

return Capture
