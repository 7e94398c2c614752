local testing = require "testing"
local test, expect = testing.test, testing.expect
local World = require "fake.world"
local ffi = require "ffi"
World.bare()
local count = require "selfieseg.histogram"

local function bucket(ns)
  local counts = ffi.new "uint32_t[128]"
  count(counts, ns)
  local found
  for i = 0, 127 do
    if counts[i] > 0 then
      expect(counts[i], 1, "count")
      assert(not found, "counted twice")
      found = i
    end
  end
  return found
end

test("a bucket holds the durations that selfieseg_wire says", function()
  for i = 1, 126 do
    expect(bucket(1000 * 2 ^ (i / 6) * 1.0001), i, "just inside the start of " .. i)
    expect(bucket(1000 * 2 ^ ((i + 1) / 6) * 0.9999), i, "just inside the end of " .. i)
  end
end)

test("two and a half seconds are told from more", function()
  expect(bucket(2.3e9) < 127, true)
  expect(bucket(2.6e9), 127)
end)

test("the first and the last bucket take what lies beyond", function()
  for _, ns in ipairs { -5e6, -1, 0, 1, 999, 1000 } do expect(bucket(ns), 0, ns .. " ns") end
  expect(bucket(1e12), 127)
end)

-- For test_lua_half.py, which reads it with selfieseg_wire.histogram.
test("PRINT: 1000 durations of 1 to 100 ms", function()
  local counts = ffi.new "uint32_t[128]"
  for i = 1, 1000 do count(counts, i * 1e5) end
  local words = {}
  for i = 0, 127 do words[i + 1] = counts[i] end
  print("counts " .. table.concat(words, " "))
end)
