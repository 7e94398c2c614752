-- A text into a field of the bridge, a char array: cut where it is too long, zeros after it.
local ffi = require "ffi"

return function(field, text)
  local size = ffi.sizeof(field)
  ffi.fill(field, size)
  ffi.copy(field, text, math.min(#text, size - 1))
end
