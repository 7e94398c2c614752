local testing = require "testing"
local test, expect = testing.test, testing.expect
local World = require "fake.world"
World.bare()
local settings = require "selfieseg.settings"

local function read(values)
  local data = World.data(values)
  settings.set_defaults(data)
  return settings.read(data)
end

test("defaults are the contract's", function()
  local found = read {}
  expect({ found.background, found.blur_strength, found.without_matte, found.view, found.model, found.device },
         { "blur", 50, "blur", "result", "auto", "AUTO" })
  expect({ found.red, found.green, found.blue }, { 0, 1, 0 }, "green")
end)

for _, key in ipairs { "background", "without_matte", "view" } do
  test("an unknown value falls back to the safe one: " .. key, function()
    for _, value in ipairs { "nonsense", "", "None", "SHOW", "blur " } do
      local found = read { [key] = value }[key]
      expect(found, key == "view" and "result" or "blur", value)
    end
  end)
end

for _, background in ipairs(settings.BACKGROUNDS) do
  test("a known value is kept: " .. background, function()
    expect(read({ background = background }).background, background)
  end)
end

test("strength is kept within 0 and 100", function()
  expect(read({ blur_strength = -5 }).blur_strength, 0)
  expect(read({ blur_strength = 101 }).blur_strength, 100)
  expect(read({ blur_strength = 73 }).blur_strength, 73)
end)

local function rgb(color)
  local found = read { color = color }
  return { math.floor(found.red * 255 + 0.5), math.floor(found.green * 255 + 0.5), math.floor(found.blue * 255 + 0.5) }
end

test("colours are AABBGGRR, with or without a sign", function()
  expect(rgb(0xFF030201), { 1, 2, 3 })
  expect(rgb(0xFF030201 - 2 ^ 32), { 1, 2, 3 }, "as a negative number")
  expect(rgb(0x00FFFFFF), { 255, 255, 255 })
  expect(rgb(0), { 0, 0, 0 })
end)
