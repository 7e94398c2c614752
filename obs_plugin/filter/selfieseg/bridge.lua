-- The memory that the two halves share (structs.h, ss_bridge): made here, found by the Python half
-- through the filter's default settings, freed by whoever is left when the Lua half has gone.
local ffi = require "ffi"
local libobs = require "selfieseg.libobs"
local C = libobs.C
jit.off(true, true) -- as all that draws: docs/graphics-thread.md

local Bridge = {}
Bridge.__index = Bridge

-- The key under which get_defaults tells the Python half where the bridge is.
Bridge.ADDRESS_KEY = "selfieseg_bridge"

function Bridge.new(constants)
  local size = ffi.sizeof("ss_bridge")
  local memory = C.bmalloc(size)
  ffi.fill(memory, size)
  local data = ffi.cast("ss_bridge *", memory)
  data.magic, data.version, data.size = constants.SS_BRIDGE_MAGIC, constants.SS_STRUCTS_VERSION, size
  data.filter_count = constants.SS_MAX_FILTERS
  data.bell = -1
  local filters = {} -- references made once: each is an object of Lua's
  for i = 0, constants.SS_MAX_FILTERS - 1 do filters[i] = data.filters[i] end
  return setmetatable({ data = data, filters = filters, k = constants }, Bridge)
end

function Bridge:address()
  return string.format("%d", tonumber(ffi.cast("uintptr_t", self.data)))
end

-- An entry for a new filter, or nil where all are taken.
function Bridge:claim()
  for i = 0, self.k.SS_MAX_FILTERS - 1 do
    local entry = self.filters[i]
    if entry.state == self.k.SS_FILTER_UNUSED then
      local generation = entry.generation + 1
      ffi.fill(entry, ffi.sizeof("ss_filter"))
      entry.generation = generation
      entry.state = self.k.SS_FILTER_LIVE
      return entry
    end
  end
end

local function is_pressed(entry) return (entry.panic_presses - entry.panic_base) % 2 == 1 end
jit.on(is_pressed)

local function same_text(a, b) return ffi.string(a) == ffi.string(b) end

-- Python may have a ring to take back from a filter; where no Python is attached the entry is free at once.
-- Its copies (see is_hidden) stay hidden if it was.
function Bridge:release(entry)
  if is_pressed(entry) and entry.panic_presses > 0 then -- a copy, which has no hotkey, hands nothing on
    for i = 0, self.k.SS_MAX_FILTERS - 1 do
      local other = self.filters[i]
      if not is_pressed(other) and same_text(other.source_name, entry.source_name)
        and same_text(other.filter_name, entry.filter_name) then
        other.panic_base = (other.panic_base + 1) % 2 ^ 32
      end
    end
  end
  entry.state = self.data.python_attached == 1 and self.k.SS_FILTER_CLOSED or self.k.SS_FILTER_UNUSED
end

-- Whether the user has hidden this filter.  In studio mode OBS shows a private copy of a scene, filters and all,
-- and its copies have no hotkeys: so a filter is hidden with the one that has its name on a source of the same name.
function Bridge:is_hidden(entry)
  if is_pressed(entry) then return true end
  for i = 0, self.k.SS_MAX_FILTERS - 1 do
    local other = self.filters[i]
    if is_pressed(other) and other.state == self.k.SS_FILTER_LIVE and same_text(other.source_name, entry.source_name)
      and same_text(other.filter_name, entry.filter_name) then
      return true
    end
  end
  return false
end

function Bridge:close()
  local python_frees_it = self.data.python_attached == 1
  self.data.closed = 1 -- from here on it may be gone
  if not python_frees_it then C.bfree(self.data) end
  self.data, self.filters = nil, nil
end

local function current_text(block)
  return ffi.string(block.text[block.text_index % 2])
end

local TRIES = 3

-- A text that Python writes whole under a version that is odd meanwhile: its lines and its version.
local function read_lines(data, field)
  for _ = 1, TRIES do
    local version = data[field .. "_version"]
    local text = ffi.string(data[field])
    if version % 2 == 0 and version == data[field .. "_version"] then
      local lines = {}
      for line in text:gmatch "[^\n]+" do lines[#lines + 1] = line end
      return lines, version
    end
  end
  return {}, 0 -- written again and again meanwhile: the list of the next time will do
end

-- The names of the sources that can be a background, a list.
function Bridge:source_names()
  return (read_lines(self.data, "source_names"))
end

-- The models that the engine knows, in its order, each { id, title, gives_matte, gives_classes, at_hand }; nil where
-- no engine has told them yet.
function Bridge:models()
  local lines, version = read_lines(self.data, "model_list")
  if version == 0 then return nil end
  local models = {}
  for _, line in ipairs(lines) do
    local id, facts, title = line:match "^([^\t]+)\t(%l*)\t(.*)$"
    if id then
      models[#models + 1] = {
        id = id, title = title, gives_matte = facts:find "m" ~= nil, gives_classes = facts:find "c" ~= nil,
        at_hand = facts:find "h" ~= nil,
      }
    end
  end
  return models
end

local STALLED_AFTER_NS = 5e9

-- Whether the Python half is there and goes round: then it tells what is wrong, here and in the log.
function Bridge:python_is_alive()
  return self.data.python_attached == 1
    and tonumber(C.os_gettime_ns()) - tonumber(self.data.python_beat_ns) <= STALLED_AFTER_NS
end

-- What the filter's properties say.  `say` translates.
function Bridge:state_text(entry, say)
  if not entry then return say("state.too_many"):format(self.k.SS_MAX_FILTERS) end
  if self.data.python_attached == 0 then return say "state.no_python" end
  local trouble = current_text(self.data)
  if trouble ~= "" then return trouble end
  if not self:python_is_alive() then return say "state.python_stalled" end
  local text = current_text(entry)
  return text ~= "" and text or say "state.starting"
end

return Bridge
