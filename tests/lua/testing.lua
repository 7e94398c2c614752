-- What tests are written with: test, expect, expect_error.
local M = { tests = {} }

-- Adds a test.  Names are unique in a file.
function M.test(name, body)
  assert(not M.tests[name], "two tests are called " .. name)
  M.tests[#M.tests + 1], M.tests[name] = { name = name, body = body }, true
end

local function show(value)
  return type(value) == "string" and string.format("%q", value) or tostring(value)
end

-- Fails unless both are equal; tables are compared by what they hold.
function M.expect(found, wanted, what)
  local same = found == wanted
  if type(found) == "table" and type(wanted) == "table" then
    local a, b = {}, {}
    for _, each in ipairs(found) do a[#a + 1] = show(each) end
    for _, each in ipairs(wanted) do b[#b + 1] = show(each) end
    found, wanted = table.concat(a, " "), table.concat(b, " ")
    same = found == wanted
  end
  if not same then
    assert(false, ("%s: found %s, wanted %s"):format(what or "value", show(found), show(wanted)))
  end
end

-- Fails unless fn(...) throws an error that holds `text`.
function M.expect_error(text, fn, ...)
  local ok, why = pcall(fn, ...)
  assert(not ok, "no error where one was due: " .. text)
  assert(tostring(why):find(text, 1, true), ("another error than %q: %s"):format(text, tostring(why)))
end

return M
