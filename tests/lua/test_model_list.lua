-- What the dialogue's lists of models offer, as the Python half has told it.
local testing = require "testing"
local test, expect = testing.test, testing.expect
local ffi = require "ffi"
local World = require "fake.world"

local function tell(filter, text) -- as bridge.py does
  local data = filter.data.filter.shared.bridge.data
  data.model_list_version = data.model_list_version + 1
  ffi.fill(data.model_list, ffi.sizeof(data.model_list))
  ffi.copy(data.model_list, text, #text)
  data.model_list_version = data.model_list_version + 1
end

-- What the list `key` shows in the end: "label = value", in order.
local function shown(world, key)
  local found
  for _, widget in ipairs(world.widgets) do
    local list = widget[1]
    if widget.call == "obs_property_list_clear" and list[2] == key then found = {} end
    if widget.call == "obs_property_list_add_string" and list[2] == key then
      found[#found + 1] = widget[2] .. " = " .. widget[3]
    end
  end
  return found
end

local function open(world, filter)
  world.widgets = {}
  world.info.get_properties(filter.data)
end

local FIXED = {
  "Automatic = auto",
  "Selfie segmentation, landscape (fast) = selfie_segmentation_landscape",
  "Selfie segmentation, general = selfie_segmentation",
}

local TOLD = "both\tmch\tZeta\nown\tmh\t\nselfie_segmentation\tmh\tMediaPipe's name of it\n"
  .. "big\tm\tBig model\nhair\tc\tHair model\n"

test("without an engine's word the lists are those of old", function()
  local world = World.new()
  local filter = World.add_filter(world)
  open(world, filter)
  expect(shown(world, "model"), FIXED)
  expect(#shown(world, "class_model"), 3)
end)

test("automatic first, then those at hand by their labels, then the others, to be downloaded", function()
  local world = World.new()
  local filter = World.add_filter(world)
  tell(filter, TOLD)
  open(world, filter)
  expect(shown(world, "model"), {
    "Automatic = auto", "own = own", "Selfie segmentation, general = selfie_segmentation", "Zeta = both",
    "Big model (download) = big",
  })
  expect(shown(world, "class_model"), { "Automatic = auto", "Zeta = both", "Hair model (download) = hair" })
end)

test("in the user's language", function()
  local world = World.new_obs()
  world.locale = "de-DE"
  world.hooks = World.load_script(world)
  local filter = World.add_filter(world)
  tell(filter, "selfie_segmentation\tm\tMediaPipe's name of it\n")
  open(world, filter)
  expect(shown(world, "model"), {
    "Automatisch = auto", "Selfie-Segmentierung, allgemein (Download) = selfie_segmentation",
  })
end)

test("a chosen model that is not known any more stays chosen, and says so", function()
  local world = World.new()
  local filter = World.add_filter(world, { model = "gone", class_model = "hair" })
  open(world, filter)
  expect(shown(world, "model")[4], "gone = gone", "nobody can say yet that it is not known")
  tell(filter, TOLD)
  open(world, filter)
  expect(shown(world, "model")[6], "gone (not known on this computer) = gone")
  expect(#shown(world, "class_model"), 3, "the chosen one is there once")
end)

test("the button looks again: what was downloaded meanwhile is at hand, and its classes can be used", function()
  local world = World.new()
  local filter = World.add_filter(world)
  tell(filter, "hair\tc\tHair model\n")
  open(world, filter)
  local press
  for _, widget in ipairs(world.widgets) do
    if widget.call == "obs_properties_add_button" then press = widget[4] end
  end
  local function hair_is_enabled()
    local enabled
    for _, widget in ipairs(world.widgets) do
      if widget.call == "obs_property_set_enabled" and widget[1][2] == "hair_strength" then enabled = widget[2] end
    end
    return enabled
  end
  expect(shown(world, "class_model")[2], "Hair model (download) = hair")
  expect(hair_is_enabled(), false)
  tell(filter, "hair\tch\tHair model\n")
  filter.entry.classes = World.constants.SS_CLASS_HAIR
  expect(press({ "the same dialogue" }), true)
  expect(shown(world, "class_model")[2], "Hair model = hair")
  expect(hair_is_enabled(), true)
end)

test("a list that is being written is passed over, as is a line that is none", function()
  local world = World.new()
  local filter = World.add_filter(world)
  local bridge = filter.data.filter.shared.bridge
  tell(filter, "both\tmch\tZeta\n")
  bridge.data.model_list_version = bridge.data.model_list_version + 1
  open(world, filter)
  expect(shown(world, "model"), FIXED)
  bridge.data.model_list_version = bridge.data.model_list_version + 1
  tell(filter, "nonsense\nboth\tmch\tZeta\n\tm\tno id\n")
  expect(#bridge:models(), 1)
  local both = bridge:models()[1]
  expect({ both.id, both.title, both.gives_matte, both.gives_classes, both.at_hand },
         { "both", "Zeta", true, true, true })
end)

test("a filter without an entry has a dialogue too", function()
  local world = World.new()
  local first = World.add_filter(world)
  for _ = 2, 32 do World.add_filter(world) end
  local last = World.add_filter(world)
  tell(first, TOLD)
  open(world, last)
  expect(#shown(world, "model"), 5)
end)
