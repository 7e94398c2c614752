-- Wakes the Python half: one byte into a non-blocking socket.  A full socket means that it is awake anyway.
local ffi = require "ffi"

local ONE_BYTE = ffi.new("char[1]", 1)

local send
if jit.os == "Windows" then
  ffi.cdef "int __stdcall send(uintptr_t socket, const char *data, int size, int flags);"
  local winsock = ffi.load "ws2_32"
  function send(socket) winsock.send(socket, ONE_BYTE, 1, 0) end
else
  ffi.cdef "intptr_t send(int socket, const void *data, size_t size, int flags);"
  local MSG_NOSIGNAL = jit.os == "Linux" and 0x4000 or 0 -- elsewhere Python sets SO_NOSIGPIPE
  function send(socket) ffi.C.send(socket, ONE_BYTE, 1, MSG_NOSIGNAL) end
end

-- Compiled by itself, as `send` is: see clock.lua.
local function socket_of(data)
  local socket = tonumber(data.bell)
  return socket
end

local function ring(data)
  local socket = socket_of(data)
  if socket >= 0 then send(socket) end
end
jit.off(ring)

return ring
