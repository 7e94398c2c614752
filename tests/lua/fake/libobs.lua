-- OBS without its graphics: sources, clock, memory, log.
local ffi = require "ffi"

local M = {}
local NULL = ffi.cast("void *", 0)

function M.address(pointer)
  return tonumber(ffi.cast("uintptr_t", pointer))
end

function M.add_to(C, world)
  world.sources, world.now_ns, world.frame_time, world.log = {}, 1e9, 0, {}
  world.memory, world.calls = {}, {}
  -- A source: { width, height, flags, target, parent, name }; `render` runs when OBS would draw it.
  function world.source(fields)
    local source = fields
    source.memory = ffi.new("uint64_t[160]") -- an obs_source, private to libobs; it has more than 1,200 bytes
    source.pointer = ffi.cast("obs_source_t *", source.memory)
    world.sources[M.address(source.pointer)] = source
    return source
  end

  local function find(pointer)
    return world.sources[M.address(pointer)]
  end

  local function pointer_of(source) return source and source.pointer or ffi.cast("obs_source_t *", NULL) end

  function C.obs_filter_get_target(filter) return pointer_of(find(filter).target) end
  function C.obs_filter_get_parent(filter) return pointer_of(find(filter).parent) end
  function C.obs_source_get_id(source) return find(source).id end
  function C.obs_source_get_name(source)
    world.name_buffer = find(source).name and ffi.new("char[512]", find(source).name)
    return world.name_buffer and ffi.cast("const char *", world.name_buffer) or nil
  end
  function C.obs_source_get_output_flags(source) return find(source).flags or 1 end
  function C.obs_source_get_base_width(source) return find(source).width end
  function C.obs_source_get_base_height(source) return find(source).height end
  function C.obs_source_get_width(source) return find(source).filtered_width or find(source).width end
  function C.obs_source_get_height(source) return find(source).filtered_height or find(source).height end

  -- Weak references are the sources themselves; one that is `gone` cannot be had any more.
  function C.obs_weak_source_get_source(weak)
    local source = find(weak)
    if not source or source.gone then return pointer_of(nil) end
    world.references = (world.references or 0) + 1
    return source.pointer
  end
  function C.obs_source_release() world.references = world.references - 1 end
  function C.obs_source_enum_full_tree(pointer, callback)
    for _, child in ipairs(find(pointer).children or {}) do callback(pointer, child.pointer, nil) end
  end

  local function renderer(call)
    return function(pointer)
      local source = find(pointer)
      world.calls[#world.calls + 1] = call
      world.now_ns = world.now_ns + (source.costs_ns or 0)
      if world.target then world.target.texture.shows = "room" else world.leaked = true end
      if source.render then source.render() end
    end
  end
  C.obs_source_video_render = renderer "video_render"
  C.obs_source_default_render = renderer "default_render"

  function C.obs_get_video_frame_time() return ffi.new("uint64_t", world.frame_time) end
  function C.obs_get_frame_interval_ns() return ffi.new("uint64_t", 33333333) end
  function C.os_gettime_ns() return ffi.new("uint64_t", world.now_ns) end
  function C.bmalloc(size)
    local block = ffi.new("uint8_t[?]", size)
    world.memory[M.address(block)] = block
    return ffi.cast("void *", block)
  end
  function C.bfree(pointer)
    if pointer == nil then return end
    assert(world.memory[M.address(pointer)], "freed what was not allocated, or twice")
    world.memory[M.address(pointer)] = nil
  end
  function C.blog(_, format, text) world.log[#world.log + 1] = format:format(text) end
end

return M
