-- Wakes the Python half: one byte into a non-blocking socket.  A full socket means that it is awake anyway.
-- `data` is the bridge; the socket is read out of it here, as clock.lua says why.
local ffi = require "ffi"

local ONE_BYTE = ffi.new("char[1]", 1)

if jit.os == "Windows" then
  ffi.cdef "int __stdcall send(uintptr_t socket, const char *data, int size, int flags);"
  local winsock = ffi.load "ws2_32"
  return function(data)
    if data.bell >= 0 then winsock.send(data.bell, ONE_BYTE, 1, 0) end
  end
end

ffi.cdef "intptr_t send(int socket, const void *data, size_t size, int flags);"
local MSG_NOSIGNAL = jit.os == "Linux" and 0x4000 or 0 -- elsewhere Python sets SO_NOSIGPIPE

return function(data)
  if data.bell >= 0 then ffi.C.send(tonumber(data.bell), ONE_BYTE, 1, MSG_NOSIGNAL) end
end
