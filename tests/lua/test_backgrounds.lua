local testing = require "testing"
local test, expect = testing.test, testing.expect
local ffi = require "ffi"
local World = require "fake.world"
local libobs = require "fake.libobs"
local running = require "fake.running"

local pixels = {} -- what Python has mapped

local function publish_image(entry, width, height)
  local memory = ffi.new("uint8_t[?]", width * height * 4)
  pixels[#pixels + 1] = memory
  entry.backdrop_address, entry.backdrop_width, entry.backdrop_height = libobs.address(memory), width, height
  entry.background_generation = entry.background_generation + 1
end

local function publish_source(entry, source)
  entry.background_source = source and libobs.address(source.pointer) or 0
  entry.background_generation = entry.background_generation + 1
end

local function technique(world, filter)
  local screen = World.render(world, filter)
  assert(not World.shows_room(world, screen), "the room shows")
  return screen[1].technique, screen[1].values
end

test("an image is copied to the GPU once, and again when it changes", function()
  local world, filter = running { background = "image", light_wrap = 0 }
  expect(technique(world, filter), "Color", "before there is one")
  publish_image(filter.entry, 1280, 720)
  local made = world.count.gs_texture_create
  for _ = 1, 3 do expect(technique(world, filter), "Layer") end
  expect(world.count.gs_texture_create, made + 1, "textures made")
  publish_image(filter.entry, 640, 360)
  local _, values = technique(world, filter)
  expect({ values.layer.width, values.layer.height }, { 640, 360 })
end)

test("an image that is taken back is dark grey, and none of its memory is read again", function()
  local world, filter = running { background = "image", light_wrap = 0 }
  publish_image(filter.entry, 1280, 720)
  expect(technique(world, filter), "Layer")
  filter.entry.backdrop_address = 0
  filter.entry.background_generation = filter.entry.background_generation + 1
  local drawn, values = technique(world, filter)
  expect(drawn, "Color")
  expect(math.floor(values.color[1] * 255 + 0.5), 32)
end)

for _, background in ipairs { "source", "video" } do
  test("another source is drawn live, covering the frame: " .. background, function()
    local world, filter = running { background = background, light_wrap = 0 }
    local scene = world.source { width = 1920, height = 1080, name = "Scene" }
    publish_source(filter.entry, scene)
    world.calls = {}
    local drawn, values = technique(world, filter)
    expect({ drawn, values.layer.width, values.layer.height }, { "Layer", 1280, 720 })
    expect(world.calls, { "default_render", "video_render" })
    expect(world.references, 0, "references kept")
    World.expect_balanced(world)
  end)
end

for name, break_it in pairs {
  ["not published"] = function(_, entry) publish_source(entry, nil) end,
  ["gone"] = function(scene) scene.gone = true end,
  ["without a size"] = function(scene) scene.width = 0 end,
} do
  test("a source that cannot be had is dark grey: " .. name, function()
    local world, filter = running { background = "source", light_wrap = 0 }
    local scene = world.source { width = 1920, height = 1080 }
    publish_source(filter.entry, scene)
    expect(technique(world, filter), "Layer")
    break_it(scene, filter.entry)
    expect(technique(world, filter), "Color")
    expect(world.references, 0, "references kept")
  end)
end

test("a scene that holds the camera itself is not shown: OBS draws the camera in it without its filter", function()
  local world, filter = running { background = "source", light_wrap = 0 }
  local scene = world.source { width = 1920, height = 1080, children = { world.camera } }
  publish_source(filter.entry, scene)
  world.calls = {}
  expect(technique(world, filter), "Color")
  expect(world.calls, { "default_render" }, "the camera's own picture only")
  scene.children = {}
  expect(technique(world, filter), "Layer", "once the camera is taken out of it")
  publish_source(filter.entry, world.camera)
  expect(technique(world, filter), "Color", "the camera itself")
end)

test("a background source within a background source is not drawn", function()
  local world, filter = running { background = "source", light_wrap = 0 }
  local other_camera = world.source { width = 640, height = 360, name = "Other" }
  local _, other = running({ background = "source", light_wrap = 0 }, world)
  publish_source(other.entry, world.source { width = 100, height = 100 })
  local inner
  local scene = world.source { width = 1920, height = 1080, children = { other_camera }, render = function()
    world.info.video_render(other.data)
    inner = world.drawn[#world.drawn].technique
  end }
  publish_source(filter.entry, scene)
  local frames = other.entry.frames
  expect(technique(world, filter), "Layer")
  expect(inner, "Color", "the inner background")
  expect(World.render(world, other, true)[1].technique, "Layer", "on its own it is drawn, in the same frame")
  local passes = #world.drawn
  expect(World.render(world, other, true)[1].technique, "Layer")
  expect(#world.drawn - passes, 1, "passes: it is made only once")
  expect(other.entry.frames, frames + 1, "frames")
end)

test("a camera that comes into the scene while it is drawn is not shown", function()
  local world, filter = running { background = "source", light_wrap = 0 }
  local scene = world.source { width = 1920, height = 1080, children = {} }
  function scene.render() scene.children = { world.camera } end
  publish_source(filter.entry, scene)
  expect(technique(world, filter), "Color")
end)

test("a source that its own filters cut is seen as they leave it", function()
  local world, filter = running { background = "source", light_wrap = 0 }
  local scene = world.source { width = 1920, height = 1080, filtered_width = 1000, filtered_height = 1000 }
  publish_source(filter.entry, scene)
  local looked_at
  function scene.render() looked_at = { unpack(world.ortho, 1, 4) } end
  technique(world, filter)
  expect(looked_at, { 0, 1000, 218.75, 781.25 })
end)

test("an error while a source is drawn leaves nothing held", function()
  local world, filter = running { background = "source", light_wrap = 0 }
  publish_source(filter.entry, world.source { width = 1920, height = 1080 })
  world.errors_expected = true
  world.fail.obs_source_video_render = true
  World.render(world, filter)
  world.fail.obs_source_video_render = nil
  expect(world.references or 0, 0)
  expect(technique(world, filter), "Layer", "and the next frame is whole")
end)

test("cover: the middle is kept, nothing is stretched", function()
  local cover = require("selfieseg.background_layer").cover
  expect({ cover(1920, 1080, 1280, 720) }, { 0, 1920, 0, 1080 })
  expect({ cover(1000, 1000, 200, 100) }, { 0, 1000, 250, 750 })
  expect({ cover(400, 100, 100, 100) }, { 150, 250, 0, 100 })
end)
