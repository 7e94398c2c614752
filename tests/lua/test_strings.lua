local testing = require "testing"
local test, expect = testing.test, testing.expect
local World = require "fake.world"
World.bare()
local strings = require "selfieseg.strings"

local function folder_with(files)
  local folder = os.tmpname()
  os.remove(folder)
  assert(os.execute("mkdir -p '" .. folder .. "'"))
  for name, text in pairs(files) do
    local file = assert(io.open(folder .. "/" .. name, "w"))
    file:write(text)
    file:close()
  end
  return folder
end

local ENGLISH = 'a="one"\nb.c_1 = "two: \\"x\\""\nlines="up\\ndown"\n# a comment\nbroken line\n'

test("a translation wins, English fills what it lacks", function()
  local say = strings(folder_with { ["en-US.ini"] = ENGLISH, ["de-DE.ini"] = 'a="eins"\n' }, "de-DE")
  expect({ say "a", say "lines" }, { "eins", "up\ndown" })
end)

test("a language without a file is English", function()
  expect(strings(folder_with { ["en-US.ini"] = ENGLISH }, "xx-XX") "a", "one")
end)

test("a language without a file of its own is read from its sister", function()
  local folder = folder_with { ["en-US.ini"] = ENGLISH, ["pt-BR.ini"] = 'a="um"\n', ["zh-CN.ini"] = 'a="一"\n' }
  expect(strings(folder, "pt-PT") "a", "um")
  expect(strings(folder, "zh-TW") "a", "一")
  expect(strings(folder, "pt-PT") "lines", "up\ndown")
end)

test("a file of its own comes before the sister's", function()
  local folder = folder_with { ["en-US.ini"] = ENGLISH, ["pt-BR.ini"] = 'a="um"\n', ["pt-PT.ini"] = 'a="hum"\n' }
  expect(strings(folder, "pt-PT") "a", "hum")
end)

test("related languages are translated, others are English", function()
  local folder = testing.repository .. "/obs_plugin/locale"
  for language, background in pairs {
    ["de-AT"] = "Hintergrund", ["es-MX"] = "Fondo", ["fr-CA"] = "Arrière-plan", ja = "背景", ["ko-KP"] = "배경",
    ["pt-PT"] = "Fundo", ["zh-TW"] = "背景", ["en-GB"] = "Background", ["it-IT"] = "Background", [""] = "Background",
  } do
    expect(strings(folder, language) "background", background, language)
  end
end)

test("a key that nobody knows shows as itself", function()
  expect(strings(folder_with { ["en-US.ini"] = ENGLISH }, "en-US") "no.such", "no.such")
end)

test("Windows line ends do not matter", function()
  expect(strings(folder_with { ["en-US.ini"] = 'a="one"\r\n' }, "en-US") "a", "one")
end)

test("every word that the dialogue uses has an English text", function()
  local world = World.new()
  local filter = World.add_filter(world)
  world.info.get_properties(filter.data)
  local seen = 0
  for _, widget in ipairs(world.widgets) do
    for _, text in ipairs(widget) do
      if type(text) == "string" and text:find "^[%w_]+%.[%w_.]+$" then assert(false, "no text for " .. text) end
      seen = seen + 1
    end
  end
  assert(seen > 20, "no dialogue was made")
end)
