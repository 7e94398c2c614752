-- Runs one file of tests: luajit runner.lua [--list] test_x.lua.  One line a test: "ok NAME" or
-- "FAIL NAME<tab>why".
local HERE = arg[0]:match "^(.*)/[^/]*$" or "."
local listing = arg[1] == "--list"
package.path = HERE .. "/?.lua;" .. HERE .. "/../../obs_plugin/filter/?.lua;" .. package.path

local testing = require "testing"
testing.repository = HERE .. "/../.."

dofile(arg[#arg])

for _, each in ipairs(testing.tests) do
  if listing then
    print(each.name)
  else
    local ok, why = xpcall(each.body, debug.traceback)
    local outcome = ok and "ok" or "FAIL"
    local words = ok and "" or "\t" .. tostring(why):gsub("\n%s*", " | ")
    print(outcome .. " " .. each.name .. words)
    io.stdout:flush() -- a crash is to leave the name of the last test that ended
  end
end
