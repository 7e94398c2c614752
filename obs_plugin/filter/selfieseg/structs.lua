-- The shared structures, from the one header that declares them.
local ffi = require "ffi"

return function(header_path)
  local file = assert(io.open(header_path, "r"), "cannot read " .. header_path)
  local text = file:read "*a"
  file:close()
  ffi.cdef(text)
  return ffi.C -- where LuaJIT keeps the header's enum constants
end
