local testing = require "testing"
local test, expect = testing.test, testing.expect
local World = require "fake.world"
World.bare()
local Alignment = require "selfieseg.alignment"

local FRAME_NS = 1e9 / 30

-- Shows frames 1 to `frames`; the matte of frame n comes `lag(n)` frames after it (nil: never).
-- Returns the numbers shown (0: none), how often one was shown again, and the alignment.
local function show(frames, lag, alignment, first)
  alignment = alignment or Alignment.new()
  local ready, due, shown, repeated = {}, {}, {}, 0
  for newest = first or 1, (first or 1) + frames - 1 do
    local after = lag(newest)
    if after then
      due[newest + after] = due[newest + after] or {}
      table.insert(due[newest + after], newest)
    end
    for _, seq in ipairs(due[newest] or {}) do
      alignment:matte_came(seq, newest, newest * FRAME_NS)
      ready[seq] = true
    end
    local seq, again = alignment:choose(newest, function(each) return ready[each] == true end)
    if seq then assert(ready[seq], "shown without its matte") end
    if again then repeated = repeated + 1 end
    shown[#shown + 1] = seq or 0
  end
  return shown, repeated, alignment
end

local function steps(shown)
  local found = {}
  for i = 2, #shown do found[i - 1] = shown[i] - shown[i - 1] end
  return found
end

for lag = 0, Alignment.MOST_DELAY do
  test(("mattes that come after %d frames: every frame once, so late"):format(lag), function()
    local shown, repeated, alignment = show(100, function() return lag end)
    for newest = 1, 100 do expect(shown[newest], math.max(0, newest - lag), "shown with frame " .. newest) end
    expect({ repeated, alignment.delay }, { 0, lag })
  end)
end

test("no frame is shown before the first matte, nor ever without one", function()
  local shown, _, alignment = show(50, function() end)
  for newest = 1, 50 do expect(shown[newest], 0) end
  expect(alignment.delay, nil)
end)

test("a matte that comes too late to be waited for leaves nothing to show", function()
  local shown, _, alignment = show(50, function() return Alignment.MOST_DELAY + 1 end)
  for newest = 1, 50 do expect(shown[newest], 0) end
  expect(alignment.delay, Alignment.MOST_DELAY)
end)

test("one lost matte: the frame before is shown once more, and the delay stays", function()
  local shown, repeated, alignment = show(60, function(n) return n ~= 30 and 2 or nil end)
  expect({ shown[31], shown[32], shown[33] }, { 29, 29, 31 })
  expect({ repeated, alignment.delay }, { 1, 2 })
end)

test("one matte that is a frame late does not move the delay", function()
  local shown, repeated, alignment = show(60, function(n) return n == 30 and 3 or 2 end)
  expect({ shown[32], shown[33] }, { 29, 31 })
  expect({ repeated, alignment.delay }, { 1, 2 })
end)

test("mattes that are late again and again make the picture later, at once and once", function()
  local shown, repeated, alignment = show(300, function(n) return n >= 60 and n % 5 == 0 and 3 or 2 end)
  expect(alignment.delay, 3)
  assert(repeated <= 4, repeated .. " frames were shown again")
  for newest = 100, 300 do expect(shown[newest], newest - 3) end
end)

test("the delay grows to what the late ones need, and never beyond its bound", function()
  local _, _, alignment = show(40, function(n) return n < 10 and 2 or 4 end)
  expect(alignment.delay, 4)
  _, _, alignment = show(40, function(n) return n < 10 and 2 or 9 end)
  expect(alignment.delay, Alignment.MOST_DELAY)
end)

test("late mattes now and then, seconds apart, leave the delay alone", function()
  local _, repeated, alignment = show(1200, function(n) return n % 75 == 0 and 3 or 2 end)
  expect(alignment.delay, 2)
  expect(repeated, 15)
end)

test("the delay shrinks only after ten calm seconds, to what was needed in them", function()
  local _, _, alignment = show(30, function() return 4 end)
  show(295, function(n) return n % 3 == 0 and 3 or 2 end, alignment, 31)
  expect(alignment.delay, 4)
  show(20, function(n) return n % 3 == 0 and 3 or 2 end, alignment, 326)
  expect(alignment.delay, 3)
end)

test("a late matte within the calm seconds starts them anew", function()
  local _, _, alignment = show(30, function() return 3 end)
  show(900, function(n) return n % 250 == 0 and 3 or 2 end, alignment, 31)
  expect(alignment.delay, 3)
end)

test("no frame is ever shown after a newer one", function()
  math.randomseed(7)
  for _ = 1, 50 do
    local shown = show(400, function() return math.random() < 0.9 and math.random(1, 6) or nil end)
    local newest = 0
    for _, seq in ipairs(shown) do
      assert(seq == 0 or seq >= newest, "frame " .. seq .. " after " .. newest)
      newest = math.max(newest, seq)
    end
  end
end)

test("an engine of half the frame rate: every frame with a matte is shown twice", function()
  local shown, repeated = show(100, function(n) return n % 2 == 0 and 3 or nil end)
  local found = steps(shown)
  for i = 20, #found - 1 do expect(found[i] + found[i + 1], 2, "steps from frame " .. i) end
  assert(repeated >= 45 and repeated <= 50, repeated .. " shown again")
end)

test("once the mattes end, a frame is shown again for a bounded time", function()
  local shown = show(60, function(n) return n <= 30 and 2 or nil end)
  for newest = 33, 32 + Alignment.MOST_REPEATS do expect(shown[newest], 30) end
  for newest = 33 + Alignment.MOST_REPEATS, 60 do expect(shown[newest], 0) end
end)

test("when the mattes come again, the delay is as it was", function()
  local shown, _, alignment = show(60, function(n) return (n <= 20 or n >= 40) and 2 or nil end)
  expect({ shown[41], shown[42], shown[60], alignment.delay }, { 0, 40, 58, 2 })
end)
