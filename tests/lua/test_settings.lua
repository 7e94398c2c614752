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
  expect({ found.color.red, found.color.green, found.color.blue }, { 0, 1, 0 }, "green")
  for _, key in ipairs { "hair_strength", "clothes_strength", "face_smooth", "face_brighten", "skin_tone", "expand" } do
    expect(found[key], 0, key)
  end
  expect({ found.invert, found.effects_in_engine, found.changes_person }, { false, false, false })
end)

test("a preset gives the values that the user has not set", function()
  local found = read { preset = "green_screen", despill = 0.25 }
  expect({ found.background, found.light_wrap, found.despill }, { "color", 0, 0.25 })
  expect(read({ preset = "fast" }).model, "selfie_segmentation_landscape")
  expect(read({ preset = "fast", model = "mine" }).model, "mine")
  expect(read({ preset = "nonsense" }).background, "blur")
end)

test("alignment, smoothing and fine edges are the preset's until the user says otherwise", function()
  local function of(values)
    local found = read(values)
    return { found.alignment, found.smoothing, found.refine_edges }
  end
  expect(of {}, { "low_latency", 0.5, true })
  expect(of { preset = "fast" }, { "low_latency", 0, false })
  expect(of { preset = "fast", refine_edges = true }, { "low_latency", 0, true })
  expect(of { preset = "best", alignment = "exact", smoothing = 0, refine_edges = false }, { "exact", 0, false })
  expect(of { alignment = "nonsense", smoothing = 7 }, { "low_latency", 1, true })
end)

test("the dialogue gets a preset's switches too", function()
  local data = World.data {}
  settings.set_defaults(data)
  expect(obslua.obs_data_get_bool(data, "refine_edges"), true)
  settings.set_preset_defaults(data, "fast")
  expect(obslua.obs_data_get_bool(data, "refine_edges"), false)
end)

test("numbers are kept within their ranges", function()
  local found = read { threshold = -1, softness = 7, light_wrap = 0 / 0, expand = -99, face_smooth = 2 }
  expect({ found.threshold, found.softness, found.light_wrap, found.expand, found.face_smooth }, { 0, 1, 0, -20, 1 })
end)

test("a person is changed where any strength is", function()
  for _, key in ipairs { "hair_strength", "clothes_strength", "face_smooth", "face_brighten", "skin_tone" } do
    expect(read({ [key] = 0.1 }).changes_person, true, key)
  end
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
  local found = read({ color = color }).color
  return { math.floor(found.red * 255 + 0.5), math.floor(found.green * 255 + 0.5), math.floor(found.blue * 255 + 0.5) }
end

test("colours are AABBGGRR, with or without a sign", function()
  expect(rgb(0xFF030201), { 1, 2, 3 })
  expect(rgb(0xFF030201 - 2 ^ 32), { 1, 2, 3 }, "as a negative number")
  expect(rgb(0x00FFFFFF), { 255, 255, 255 })
  expect(rgb(0), { 0, 0, 0 })
end)
