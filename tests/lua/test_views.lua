local testing = require "testing"
local test, expect = testing.test, testing.expect
local ffi = require "ffi"
local World = require "fake.world"
local python = require "fake.python_half"
local start = require "fake.running"
local k = World.constants

-- With room for class planes.
local function running(values)
  return start(values, nil, 64 * 64 * 4)
end

local function only(screen)
  expect(#screen, 1, "draws")
  return screen[1]
end

for view, technique in pairs { matte = "Matte", classes = "Classes", split = "Split" } do
  test("the view: " .. view, function()
    local world, filter = running { view = view }
    expect(only(World.render(world, filter)).technique, technique)
    World.expect_balanced(world)
  end)
end

for _, view in ipairs { "matte", "classes" } do
  test("without a matte there is nothing to see: " .. view, function()
    local world = World.new()
    local filter = World.add_filter(world, { view = view })
    local screen = World.render(world, filter)
    assert(not World.shows_room(world, screen), "the room shows")
    expect(only(screen).technique, "Matte")
  end)
end

test("split shows the room only beside a result", function()
  local world = World.new()
  local filter = World.add_filter(world, { view = "split" })
  assert(not World.shows_room(world, World.render(world, filter)), "the room shows without a matte")
end)

test("the panic key hides everything, whatever the settings are, until it is pressed again", function()
  for _, values in ipairs { {}, { background = "none" }, { view = "split" }, { view = "matte" },
                            { without_matte = "show" }, { without_matte = "hold" } } do
    local world, filter = running(values)
    assert(#World.render(world, filter) > 0)
    filter.entry.panic_presses = 1
    expect(#World.render(world, filter), 0, "draws")
    expect({ filter.entry.hidden, filter.entry.drawing }, { 1, k.SS_DRAWN_RESULT })
    filter.entry.panic_presses = 2
    assert(#World.render(world, filter) > 0, "still hidden")
    expect(filter.entry.hidden, 0)
  end
end)

local function with_copy_and_other()
  local world, filter = running {}
  local copy, other = World.add_filter(world), World.add_filter(world)
  for _, each in ipairs { filter, copy, other } do each.source.name = each == other and "Other" or "Selfie" end
  filter.data.filter.figures.counts.frames = 64 -- names are told anew
  for _, each in ipairs { filter, copy, other } do World.render(world, each) end
  return world, filter, copy, other
end

test("the panic key hides the copy of a scene that studio mode shows, and no other filter", function()
  local world, filter, copy, other = with_copy_and_other()
  filter.entry.panic_presses = 1
  expect({ #World.render(world, copy), #World.render(world, other) }, { 0, 1 })
  filter.entry.panic_presses = 2
  expect(#World.render(world, copy), 1)
end)

test("a copy stays hidden when the filter that hides it is removed", function()
  local world, filter, copy, other = with_copy_and_other()
  filter.entry.panic_presses = 1
  world.info.destroy(filter.data)
  expect({ #World.render(world, copy), #World.render(world, other) }, { 0, 1 })
  world.info.destroy(copy.data)
  local again = World.add_filter(world)
  again.source.name = "Selfie"
  World.render(world, again)
  expect(#World.render(world, again), 1, "draws of a filter of the same name that comes later")
end)

test("a picture that the engine has finished is drawn as it is", function()
  local world, filter, ring = running { background = "blur" }
  World.render(world, filter)
  python.answer(ring, "BLUR")
  local drawn = only(World.render(world, filter))
  expect({ drawn.technique, drawn.values.image.width, drawn.shows }, { "None", 64, "matte" })
  expect(filter.entry.drawing, k.SS_DRAWN_RESULT)
  World.expect_balanced(world)
end)

for _, view in ipairs { "matte", "classes" } do
  test("the view " .. view .. " costs neither blur nor colours", function()
    local world, filter = running { view = view, background = "blur", hair_strength = 1, light_wrap = 1 }
    local before = #world.drawn
    World.render(world, filter)
    local effects = {}
    for i = before + 1, #world.drawn do effects[#effects + 1] = world.drawn[i].effect end
    for _, effect in ipairs(effects) do
      assert(effect ~= "background_blur" and effect ~= "foreground" and effect ~= "edge_light", "drawn with " .. effect)
    end
    expect(effects[#effects], "views")
  end)
end

-- Before the change the engine's pictures show the room; the engine hears of the change a little later.
for name, case in pairs {
  background = { before = { background = "none", hair_strength = 1 }, was = "NONE", after = { background = "blur" } },
  invert = { before = { background = "color", invert = true }, was = "COLOR", was_inverted = 1,
             after = { invert = false } },
} do
  test("a finished picture of another " .. name .. " than the user now wants is not shown", function()
    local world, filter, ring = running(case.before)
    python.answer(ring, case.was, case.was_inverted)
    World.render(world, filter)
    World.update(world, filter, case.after)
    python.answer(ring, case.was, case.was_inverted)
    expect(only(World.render(world, filter)).technique, "Layer", "all of it blurred")
    expect(filter.entry.drawing, k.SS_DRAWN_POLICY)
    python.answer(ring, filter.settings.values.background:upper())
    expect(only(World.render(world, filter)).values.image.width, 64)
    expect(filter.entry.drawing, k.SS_DRAWN_RESULT)
  end)
end

test("a picture is not held once the user wants to see something else", function()
  local world, filter = running { without_matte = "hold", background = "none", hair_strength = 1 }
  local ring = python.new_ring()
  World.update(world, filter, { background = "blur" })
  python.publish(filter.entry, ring)
  world.now_ns = world.now_ns + 1e9
  expect(#World.render(world, filter), 0, "draws: the held picture showed the room")
  for _ = 1, 3 do
    python.answer(ring)
    World.render(world, filter)
  end
  world.now_ns = world.now_ns + 1e9
  expect(only(World.render(world, filter)).technique, "None", "a picture of this look is held")
  World.update(world, filter, {})
  expect(only(World.render(world, filter)).technique, "None", "an update that changes nothing")
  World.update(world, filter, { blur_strength = 10 })
  expect(#World.render(world, filter), 0, "draws")
end)

-- Which class planes the foreground was made with; nil where it was not made.
local function planes_used(world, filter)
  local before = #world.drawn
  World.render(world, filter)
  for i = before + 1, #world.drawn do
    if world.drawn[i].effect == "foreground" then return world.drawn[i].values.planes end
  end
end

test("class maps are used as long as they are fresh", function()
  local world, filter, ring = running { hair_strength = 1, light_wrap = 0, without_matte = "show" }
  expect(planes_used(world, filter), nil, "without class maps")
  python.write_plane(ring, 0, 1, 16, 16, world.now_ns)
  local planes = planes_used(world, filter)
  expect({ planes.width, planes.height }, { 16, 16 })
  python.write_plane(ring, 1, 2, 32, 32, world.now_ns)
  python.answer(ring)
  expect(planes_used(world, filter).width, 32)
  world.now_ns = world.now_ns + 2e9
  python.answer(ring)
  World.render(world, filter)
  python.answer(ring)
  expect(planes_used(world, filter), nil, "with old class maps")
end)

test("half a class map is not used", function()
  local world, filter, ring = running { hair_strength = 1, light_wrap = 0 }
  python.write_plane(ring, 0, 1, 16, 16, world.now_ns)
  ring.planes[0].seq_begin = 3
  expect(planes_used(world, filter), nil, "being written")
  python.write_plane(ring, 0, 3, 16, 16, world.now_ns)
  ring.planes[0].stride = 8
  expect(planes_used(world, filter), nil, "rows too short")
end)

test("another ring's class maps are taken anew", function()
  local world, filter, ring = running { hair_strength = 1, light_wrap = 0 }
  python.write_plane(ring, 0, 9, 16, 16, world.now_ns)
  assert(planes_used(world, filter), "not used")
  local another = python.new_ring(4, 256 * 144 * 4, 64 * 64 * 4)
  python.publish(filter.entry, another)
  python.write_plane(another, 0, 1, 32, 32, world.now_ns)
  expect(planes_used(world, filter).width, 32)
end)

test("with nothing to change, background 'none' costs no pass", function()
  local world, filter = running { background = "none" }
  local before = #world.drawn
  local drawn = only(World.render(world, filter))
  expect({ drawn.technique, drawn.shows, #world.drawn - before }, { "None", "room", 2 }) -- and the work frame
  assert(ffi.sizeof "ss_class_header" == 64)
end)
