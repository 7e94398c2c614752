local testing = require "testing"
local test, expect = testing.test, testing.expect
local World = require "fake.world"
World.bare()
local policy = require "selfieseg.policy"
local settings = require "selfieseg.settings"

local function each_case(visit)
  for _, fresh in ipairs { false, true } do
    for _, has_held in ipairs { false, true } do
      for _, view in ipairs(settings.VIEWS) do
        for _, background in ipairs(settings.BACKGROUNDS) do
          for _, without_matte in ipairs(settings.WITHOUT_MATTE) do
            visit(fresh, has_held, { view = view, background = background, without_matte = without_matte })
          end
        end
      end
    end
  end
end

test("the room shows only where the user chose it", function()
  local cases = 0
  each_case(function(fresh, has_held, chosen)
    cases = cases + 1
    local shows = policy.decide(fresh, chosen, has_held)
    local chose = chosen.background == "none" or (chosen.without_matte == "show" and not fresh)
    if shows == "frame" then assert(chose, "the room was shown unasked") end
    if not fresh then assert(shows ~= "result" and shows ~= "matte", shows .. " without a matte") end
    if shows == "held" then assert(has_held, "held nothing") end
  end)
  expect(cases, 2 * 2 * #settings.VIEWS * #settings.BACKGROUNDS * #settings.WITHOUT_MATTE)
end)

local TABLE = { -- without a fresh matte, view "result", a background that hides
  blur = { [false] = "blur", [true] = "blur" },
  hide = { [false] = "nothing", [true] = "nothing" },
  hold = { [false] = "nothing", [true] = "held" },
  show = { [false] = "frame", [true] = "frame" },
}

for without_matte, wanted in pairs(TABLE) do
  for has_held, shows in pairs(wanted) do
    test(("without a matte: %s, %s picture is held"):format(without_matte, has_held and "a" or "no"), function()
      for _, background in ipairs { "blur", "color", "transparent" } do
        local chosen = { view = "result", background = background, without_matte = without_matte }
        expect(policy.decide(false, chosen, has_held), shows, background)
      end
    end)
  end
end

test("a value that nobody knows hides the room", function()
  expect(policy.decide(false, { view = "result", background = "blur", without_matte = "whatever" }, true), "blur")
  expect(policy.decide(false, {}, true), "blur")
end)

test("the matte view is black without a matte", function()
  each_case(function(fresh, has_held, chosen)
    if chosen.view == "matte" then expect(policy.decide(fresh, chosen, has_held), fresh and "matte" or "black") end
  end)
end)

test("a matte is fresh for less than half a second", function()
  local limit = policy.STALE_AFTER_NS
  assert(limit >= 200e6 and limit <= 400e6, "limit " .. limit)
  expect(policy.is_fresh(1e9, 1e9), true)
  expect(policy.is_fresh(1e9, 1e9 + limit), true)
  expect(policy.is_fresh(1e9, 1e9 + limit + 1), false)
  expect(policy.is_fresh(nil, 1e9), false)
end)
