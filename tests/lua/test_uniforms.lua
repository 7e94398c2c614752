-- What the Lua half gives to a technique is what its shader reads: no less (the picture would be wrong, as libobs
-- forgets all values after every draw) and no more (a call for nothing).
local testing = require "testing"
local test, expect = testing.test, testing.expect
local World = require "fake.world"
local start = require "fake.running"

local FILES = { blur = "background_blur" }
local GIVEN_BY_LIBOBS = { ViewProj = true }

local function read(name)
  local path = testing.repository .. "/obs_plugin/effects/" .. (FILES[name] or name) .. ".effect"
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return (text:gsub("//[^\n]*", ""))
end

-- The uniforms that each technique of an effect reads, by itself or through other functions:
-- { technique = { name = true } }.
local function uniforms_read(text)
  local is_uniform, bodies = {}, {}
  for name in text:gmatch "uniform%s+%w+%s+([%w_]+)" do is_uniform[name] = true end
  for name, body in text:gmatch "%w+%s+([%w_]+)%b()[^;{]-(%b{})" do bodies[name] = body end
  local function add_all(found, seen, body)
    for word in body:gsub("%.%w+", ""):gmatch "[%a_][%w_]*" do
      if is_uniform[word] and not GIVEN_BY_LIBOBS[word] then found[word] = true end
      if bodies[word] and not seen[word] then
        seen[word] = true
        add_all(found, seen, bodies[word])
      end
    end
  end
  local techniques = {}
  for name, shader in text:gmatch "technique%s+(%w+).-pixel_shader%s*=%s*([%w_]+)" do
    techniques[name] = {}
    add_all(techniques[name], {}, assert(bodies[shader], shader))
  end
  return techniques
end

local function sorted(set)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local looks = {}
for _, background in ipairs { "none", "blur", "color", "grayscale", "transparent", "image" } do
  for _, light_wrap in ipairs { 0, 0.5 } do
    looks[#looks + 1] = { background = background, light_wrap = light_wrap }
    looks[#looks + 1] = { background = background, light_wrap = light_wrap, despill = 0.5, hair_strength = 0.5,
                          face_smooth = 0.5, expand = 3 }
  end
end
for _, look in ipairs {
  { view = "matte" }, { view = "classes" }, { view = "split" }, { expand = -3 }, { blur_strength = 0 },
  { background = "blur", blur_strength = 0, light_wrap = 0.5 }, { without_matte = "hold" },
  { background = "blur", refine_edges = false },
} do looks[#looks + 1] = look end

test("every technique is given what its shader reads, and nothing else", function()
  local read_by, drawn_with = {}, {}
  for _, look in ipairs(looks) do
    local world, filter, ring = start(look, nil, 64 * 64 * 4)
    require("fake.python_half").write_plane(ring, 0, 1, 64, 64, world.now_ns)
    for _ = 1, 2 do World.render(world, filter) end
    World.wait(world, 1)
    World.render(world, filter) -- and one without a matte
    for _, draw in ipairs(world.drawn) do
      local effect, technique = draw.effect, draw.technique
      read_by[effect] = read_by[effect] or uniforms_read(read(effect))
      local wanted = assert(read_by[effect][technique], technique .. " is not in " .. effect)
      expect(sorted(draw.values), sorted(wanted), effect .. ", technique " .. technique)
      drawn_with[effect .. " " .. technique] = true
    end
  end
  for effect, techniques in pairs(read_by) do
    for technique in pairs(techniques) do
      assert(drawn_with[effect .. " " .. technique], "no look draws " .. effect .. " " .. technique)
    end
  end
end)

test("every technique has one pass, as one sprite is drawn with it", function()
  local techniques = 0
  for effect in pairs(require("selfieseg.effects").FILES) do
    for body in read(effect):gmatch "technique%s+%w+%s*(%b{})" do
      local _, passes = body:gsub("%f[%w]pass%f[%W]", "")
      expect(passes, 1, effect)
      techniques = techniques + 1
    end
  end
  assert(techniques > 20, techniques)
end)
