-- Which of the frames that are held is shown, and how late: `alignment` = "exact".  Pure.
-- The delay is steady, as the sound has to be delayed by the same: it grows only where mattes keep coming too late
-- for it, and shrinks only after a long time without need.
jit.off(true, true) -- as all that draws: docs/graphics-thread.md

local Alignment = {}
Alignment.__index = Alignment

-- So many frames a frame waits for its matte at most.
Alignment.MOST_DELAY = 4
-- So many times in a row a frame is shown again, where those after it have no matte.
Alignment.MOST_REPEATS = 4
local LATE_OFTEN, LATE_WITHIN_NS = 3, 3e9
local CALM_NS = 10e9

function Alignment.new()
  return setmetatable({ delay = nil, shown = nil, repeats = 0, late = 0, late_since = nil, least_late = nil,
                        calm_since = nil, most_needed = 0 }, Alignment)
end

-- Starts to watch anew whether the delay might be shorter.
local function expect_calm(self, now_ns)
  self.calm_since, self.most_needed = now_ns, 0
end

local function came_late(self, lag, now_ns)
  if not self.late_since or now_ns - self.late_since > LATE_WITHIN_NS then
    self.late, self.late_since, self.least_late = 0, now_ns, Alignment.MOST_DELAY
  end
  self.late, self.least_late = self.late + 1, math.min(self.least_late, lag)
  if self.late < LATE_OFTEN then return end
  self.delay, self.late_since = self.least_late, nil
end

-- The matte of frame `seq` has come, while `newest` is the newest frame.
function Alignment:matte_came(seq, newest, now_ns)
  local lag = math.min(newest - seq, Alignment.MOST_DELAY)
  if not self.delay then
    self.delay = lag
    expect_calm(self, now_ns)
  end
  if lag > self.delay then came_late(self, lag, now_ns) end
  if lag >= self.delay then return expect_calm(self, now_ns) end
  self.most_needed = math.max(self.most_needed, lag)
  if now_ns - self.calm_since < CALM_NS then return end
  self.delay = self.most_needed
  expect_calm(self, now_ns)
end

-- The number of the frame to be shown while `newest` is the newest, nil where none may be; and whether it was shown
-- the time before.  `is_ready(seq)` says whether a frame is held with its matte.  Once for every frame.
function Alignment:choose(newest, is_ready)
  local wanted = newest - (self.delay or Alignment.MOST_DELAY)
  local oldest = math.max(newest - Alignment.MOST_DELAY, (self.shown or 0) + 1)
  for seq = wanted, oldest, -1 do
    if is_ready(seq) then
      self.shown, self.repeats = seq, 0
      return seq, false
    end
  end
  if not self.shown or self.repeats >= Alignment.MOST_REPEATS or not is_ready(self.shown) then return nil, false end
  self.repeats = self.repeats + 1
  return self.shown, true
end

return Alignment
