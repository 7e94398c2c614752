-- `alignment` = "exact": frames are held on the GPU until their own matte has come, and every frame is shown with it.
-- Graphics thread, inside video_render; `bury` anywhere.
local libobs = require "selfieseg.libobs"
local gpu = require "selfieseg.gpu"
local policy = require "selfieseg.policy"
local Alignment = require "selfieseg.alignment"
local ResultTexture = require "selfieseg.result_texture"
jit.off(true, true) -- as all that draws: docs/graphics-thread.md

local HeldFrames = {}
HeldFrames.__index = HeldFrames

-- The newest, those that may yet be waited for, and the one that is shown.
local COUNT = Alignment.MOST_DELAY + 2

-- `k` are the constants of structs.h.
function HeldFrames.new(k)
  local self = setmetatable({ k = k, kind = k.SS_ALIGNMENT_EXACT, alignment = Alignment.new(), entries = {},
                              width = 0, height = 0 }, HeldFrames)
  function self.is_ready(seq) -- made once, not once a frame
    local entry = self:find(seq)
    return entry ~= nil and entry.result.t_ns ~= nil and entry.result:suits(self.background, self.inverted)
  end
  return self
end

-- The frame `seq`, nil where it is not held.
function HeldFrames:find(seq)
  for _, entry in ipairs(self.entries) do
    if entry.seq == seq then return entry end
  end
end

-- The frame that is needed least: the oldest, but not the one that may have to be shown again.
local function least_needed(self)
  local least
  for _, entry in ipairs(self.entries) do
    if entry.seq ~= self.alignment.shown and (not least or entry.seq < least.seq) then least = entry end
  end
  return least
end

-- What the next frame is to be drawn into; `keep` has to follow when it has been.
function HeldFrames:next_target(width, height)
  if width ~= self.width or height ~= self.height then
    self:bury()
    self.width, self.height = width, height
  end
  local entry
  if #self.entries < COUNT then
    entry = { target = gpu.new_target(libobs.GS_RGBA), result = ResultTexture.new(self.k) }
    self.entries[#self.entries + 1] = entry
  else
    entry = least_needed(self)
  end
  entry.seq, entry.t_ns = 0, nil
  entry.result:forget()
  self.drawn = entry
  return entry.target
end

-- The frame is drawn: it has the number `seq` and shows what was at `t_ns`.
function HeldFrames:keep(seq, t_ns)
  self.drawn.seq, self.drawn.t_ns = seq, t_ns
end

-- Puts the result in slot `index` beside its frame.  Returns "drawn", "torn" or "unused".
local function take(self, ring, index, newest, now_ns)
  if ring:is_led(index) then return "unused" end -- made for low_latency: it fits a later picture, not its own
  local seq = ring:seq_of(index)
  local entry = self:find(seq)
  local outcome = entry and entry.result:upload(ring, index) or "unused"
  -- Also where it is too late for its frame: the delay has to know.
  if outcome ~= "torn" then self.alignment:matte_came(seq, newest, now_ns) end
  return outcome
end

-- Uploads every result of `ring` beside its frame.  Returns how many were drawn, and how many were torn.
function HeldFrames:take_from(ring, newest, now_ns)
  local drawn, torn = 0, 0
  local index = ring:next_result(0)
  while index do
    local outcome = take(self, ring, index, newest, now_ns)
    if outcome == "drawn" then drawn = drawn + 1 elseif outcome == "torn" then torn = torn + 1 end
    ring:free(index)
    index = ring:next_result(index + 1)
  end
  return drawn, torn
end

-- Where no frame may be shown with a matte: the one that is as late as the others were, so that nothing jumps.
local function without_matte(self, newest, now_ns)
  for seq = newest - self:delay(), newest - 1 do
    local entry = self:find(seq)
    if entry and policy.is_fresh(entry.t_ns, now_ns) then return entry end
  end
  return self.drawn
end

-- What the frame `newest` is to show: a texture, its matte or finished picture (a ResultTexture, nil: none may be
-- used), how many frames older the matte's picture is, and whether it is what the frame before has shown.
function HeldFrames:choose(newest, now_ns, background, inverted)
  self.background, self.inverted = background, inverted
  local seq, is_repeated = self.alignment:choose(newest, self.is_ready)
  local entry = seq and self:find(seq)
  if entry and policy.is_fresh(entry.t_ns, now_ns) then return entry.target.texture, entry.result, 0, is_repeated end
  return without_matte(self, newest, now_ns).target.texture, nil, 0, false
end

-- How many frames late the picture is.
function HeldFrames:delay()
  return self.alignment.delay or 0
end

function HeldFrames:bury()
  for _, entry in ipairs(self.entries) do
    gpu.bury_target(entry.target)
    entry.result:bury()
  end
  self.entries, self.drawn = {}, nil
end

return HeldFrames
