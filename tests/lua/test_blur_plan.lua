local testing = require "testing"
local test = testing.test
local World = require "fake.world"
World.bare()
local plan = require("selfieseg.blur").plan

-- How far a blur reaches, in pixels: that of the deepest level.
local function reach(strength, height)
  local _, deepest, offset = plan(strength, height)
  return 2 ^ deepest * offset
end

for _, height in ipairs { 1, 90, 480, 720, 1080, 2160, 16384 } do
  test("stronger never blurs less, at height " .. height, function()
    for strength = 1, 100 do
      assert(reach(strength, height) >= reach(strength - 1, height) - 1e-9, "weaker at " .. strength)
    end
  end)

  test("levels and offset stay in range, at height " .. height, function()
    for strength = 0, 100 do
      local first, deepest, offset = plan(strength, height)
      assert(first >= 1 and first <= deepest and deepest <= 6, ("levels %d to %d"):format(first, deepest))
      assert(first == math.floor(first) and deepest == math.floor(deepest), "half a level")
      assert(offset >= 1 and (offset < 2 or deepest == 6), "offset " .. offset)
    end
  end)
end

test("strength 100 blurs much more than 0", function()
  assert(reach(100, 1080) > 20 * reach(0, 1080))
end)

test("a blur looks the same at every resolution", function()
  for strength = 20, 100, 20 do
    local share = reach(strength, 1080) / 1080
    assert(math.abs(reach(strength, 2160) / 2160 - share) < share * 0.01, "at strength " .. strength)
  end
end)

test("the work is about the same at any strength", function()
  local function pixels(strength)
    local first, deepest = plan(strength, 1080)
    local sum = 4 / 4 ^ first -- Weigh samples four times
    for level = first + 1, deepest do sum = sum + 5 / 4 ^ level end
    for level = deepest - 1, first, -1 do sum = sum + 8 / 4 ^ level end
    return sum
  end
  local most = 0
  for strength = 0, 100 do most = math.max(most, pixels(strength)) end
  assert(most <= 5, "samples per pixel of the frame: " .. most)
end)
