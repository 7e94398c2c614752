-- Whether a work frame is read back from the GPU in the frame that drew it, or in the next one.  Pure.
-- Read at once, mattes are half as old, but whoever reads waits until the GPU has drawn it.  So that is tried now
-- and then, and goes on only while there is nothing to wait for.  Times in nanoseconds.
local Readback = {}
Readback.__index = Readback

-- A wait up to this is none: the graphics thread has so much for all of a frame.
Readback.LONGEST_WAIT_NS = 0.3e6
-- In a trial no read may wait longer.  Afterwards a few of many may: another program drew something.
Readback.TRIAL_READS = 10
Readback.MOST_LATE, Readback.OF_READS = 5, 100
-- Until the first trial: effects and mattes come up meanwhile.  After each that fails, twice as long as before.
Readback.FIRST_TRIAL_NS, Readback.PAUSE_NS, Readback.LONGEST_PAUSE_NS = 2e9, 5e9, 320e9

function Readback.new()
  return setmetatable({ is_prompt = false, is_settled = false, next_trial_ns = nil, pause_ns = Readback.PAUSE_NS,
                        reads = 0, late = 0 }, Readback)
end

-- Whether the frame of this moment is to be read at once.
function Readback:wants_at_once(now_ns)
  if not self.next_trial_ns then self.next_trial_ns = now_ns + Readback.FIRST_TRIAL_NS end
  if not self.is_prompt and now_ns >= self.next_trial_ns then
    self.is_prompt, self.reads, self.late = true, 0, 0
  end
  return self.is_prompt
end

-- Back to reading in the next frame.
function Readback:give_up(now_ns)
  self.is_prompt, self.is_settled = false, false
  self.next_trial_ns = now_ns + self.pause_ns
  self.pause_ns = math.min(2 * self.pause_ns, Readback.LONGEST_PAUSE_NS)
end

-- A frame has been read at once, and that took so long.
function Readback:has_waited(wait_ns, now_ns)
  self.reads = self.reads + 1
  if wait_ns > Readback.LONGEST_WAIT_NS then self.late = self.late + 1 end
  if self.late > (self.is_settled and Readback.MOST_LATE or 0) then return self:give_up(now_ns) end
  if not self.is_settled and self.reads >= Readback.TRIAL_READS then
    self.is_settled, self.reads, self.late = true, 0, 0
  elseif self.reads >= Readback.OF_READS then
    self.reads, self.late, self.pause_ns = 0, 0, Readback.PAUSE_NS
  end
end

return Readback
