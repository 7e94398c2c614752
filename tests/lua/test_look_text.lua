local testing = require "testing"
local test, expect = testing.test, testing.expect
local World = require "fake.world"
World.bare()
local settings = require "selfieseg.settings"
local look_text = require "selfieseg.look_text"

local function lines_of(values)
  local data = World.data(values)
  settings.set_defaults(data)
  local found = {}
  for line in (look_text(settings.read(data)) .. "\n"):gmatch "(.-)\n" do
    local key, value = line:match "^([%w_]+)=(.*)$"
    assert(key, "no key in " .. line)
    found[key] = value
  end
  return found
end

test("settings become lines of key=value", function()
  local found = lines_of { background = "image", image_path = "/home/ä b/x=y.png", invert = true, expand = -2.5 }
  expect({ found.background, found.image_path, found.invert, found.expand, found.color },
         { "image", "/home/ä b/x=y.png", "1", "-2.5", "#00FF00" })
end)

test("the engine is told of smoothing and fine edges", function()
  expect({ lines_of({}).smoothing, lines_of({}).refine_edges }, { "0.5", "1" })
  local found = lines_of { smoothing = 0, refine_edges = false }
  expect({ found.smoothing, found.refine_edges }, { "0", "0" })
end)

test("the engine is told of the alignment: it moves mattes ahead where they are drawn over later pictures", function()
  expect({ lines_of({}).alignment, lines_of({ alignment = "exact" }).alignment }, { "low_latency", "exact" })
end)

test("a line break cannot smuggle in another setting", function()
  local found = lines_of { image_path = "x\nbackground=none" }
  expect({ found.background, found.image_path }, { "blur", nil })
end)

test("a number never has a comma or an exponent", function()
  expect({ lines_of({ threshold = 0.25 }).threshold, lines_of({ softness = 1 }).softness }, { "0.25", "1" })
end)
