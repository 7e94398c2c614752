-- OBS's graphics: objects that know whether they are alive, and what every draw showed.
-- A texture's `shows` says what a viewer would see: "room" (the picture as it is), "work", "composite", …
local ffi = require "ffi"
local fail = error -- the fake OBS replaces error() by one that only logs, as OBS does

local NULL = ffi.cast("void *", 0)

-- Adds the gs_* functions to `C` and their records to `world`.
return function(C, world)
  world.created, world.destroyed, world.drawn, world.staged, world.mapped = {}, {}, {}, {}, {}
  world.locked, world.blend_depth, world.srgb, world.target = 0, 0, true, nil
  world.blend = {}

  local function need_lock(what)
    if world.locked < 1 then fail(what .. " without the graphics lock", 0) end
  end

  local function alive(object, what)
    if object == nil then return nil end
    if object.destroyed then fail(what .. " uses a destroyed " .. object.kind, 0) end
    return object
  end

  local function make(kind, fields)
    need_lock("making a " .. kind)
    if world.no_memory_for == kind then return NULL end
    local object = fields or {}
    object.kind = kind
    world.created[#world.created + 1] = object
    return object
  end

  local function destroyer(kind)
    return function(object)
      need_lock("destroying a " .. kind)
      if object == nil then return end
      if object.kind ~= kind then fail("a " .. object.kind .. " destroyed as a " .. kind, 0) end
      if object.destroyed then fail("a " .. kind .. " destroyed twice", 0) end
      object.destroyed = true
      if object.texture then object.texture.destroyed = true end
      world.destroyed[#world.destroyed + 1] = object
    end
  end

  function C.gs_texrender_create() return make "texrender" end
  C.gs_texrender_destroy = destroyer "texrender"
  function C.gs_texrender_reset(target) alive(target, "reset").rendered = false end

  function C.gs_texrender_begin(target, width, height)
    need_lock "drawing"
    alive(target, "begin")
    if target.rendered or width == 0 or height == 0 then return false end
    if target.width ~= width or target.height ~= height then
      if target.texture then target.texture.destroyed = true end -- as libobs does, even if there is no memory
      target.texture = nil
      target.width, target.height = width, height
      if world.no_memory_for == "texrender texture" then return false end
      target.texture = { kind = "texrender texture", width = width, height = height }
    end
    if not target.texture then return false end -- nor does libobs try that size again
    target.outer, world.target = world.target, target
    world.begun = (world.begun or 0) + 1
    return true
  end

  function C.gs_texrender_end(target)
    world.target, target.rendered = target.outer, true
    world.begun = world.begun - 1
  end

  function C.gs_texrender_get_texture(target) return alive(target, "get_texture").texture or NULL end

  function C.gs_texture_create(width, height)
    return make("texture", { width = width, height = height, shows = "matte" })
  end
  C.gs_texture_destroy = destroyer "texture"
  function C.gs_texture_get_width(texture) return alive(texture, "get_width").width end
  function C.gs_texture_get_height(texture) return alive(texture, "get_height").height end
  function C.gs_texture_set_image(texture, data, linesize)
    if texture == nil then return end
    alive(texture, "upload").first_byte = data[0]
    texture.linesize = linesize
    if world.on_upload then world.on_upload() end
  end

  function C.gs_stagesurface_create(width, height)
    local pixels = ffi.new("uint8_t[?]", (width * 4 + 64) * height)
    return make("stagesurface", { width = width, height = height, pixels = pixels })
  end
  C.gs_stagesurface_destroy = destroyer "stagesurface"

  function C.gs_stage_texture(surface, texture)
    if surface == nil then return end
    alive(surface, "stage")
    alive(texture, "stage")
    if surface.is_mapped then fail("staged into a mapped surface", 0) end
    world.picture = (world.picture or 0) + 1
    surface.picture = world.picture
    surface.pixels[0] = surface.picture
    world.staged[#world.staged + 1] = surface
  end

  function C.gs_stagesurface_map(surface, rows, linesize)
    if surface == nil then return false end
    if world.map_fails then return false end
    world.now_ns = world.now_ns + (world.map_costs_ns or 0)
    alive(surface, "map").is_mapped = true
    rows[0], linesize[0] = surface.pixels, world.linesize or surface.width * 4
    world.mapped[#world.mapped + 1] = surface
    return true
  end

  function C.gs_stagesurface_unmap(surface) alive(surface, "unmap").is_mapped = false end

  function C.gs_effect_create_from_file(path, why)
    if world.bad_effect then
      why[0] = ffi.cast("char *", C.bmalloc(16))
      ffi.copy(why[0], "syntax error")
      return NULL
    end
    return make("effect", { path = path, name = path:match "([^/]+)%.effect$", values = {} })
  end
  C.gs_effect_destroy = destroyer "effect"
  function C.gs_effect_get_param_by_name(effect, name) return { effect = effect, name = name } end

  local function set(param, value) alive(param.effect, "set").values[param.name] = value end
  C.gs_effect_set_texture = set
  C.gs_effect_set_float = set
  function C.gs_effect_set_vec2(param, value) set(param, { value.x, value.y }) end
  function C.gs_effect_set_vec4(param, value) set(param, { value.x, value.y, value.z, value.w }) end

  function C.gs_effect_loop(effect, technique)
    need_lock "drawing"
    alive(effect, "loop")
    world.technique = not world.technique and technique or nil
    world.effect = world.technique and effect or nil
    return world.technique ~= nil
  end

  -- Techniques that hand the frame through: the room is to be seen.
  local BARE = { compose = { None = true }, face_smooth = { Draw = true }, foreground = { Draw = true } }
  local NEEDED = { Layer = "layer", LayerWrapped = "layer", Split = "original" }

  -- What a viewer sees: the room wherever a technique hands the frame through.
  local function what_shows(effect, technique, values)
    local image = values.image and alive(values.image, technique)
    if BARE[effect] and BARE[effect][technique] then return image.shows end
    if technique == "Split" then return "room" end
    local needed = NEEDED[technique]
    if effect == "compose" and needed and alive(values[needed], technique) == nil then return "unbound texture" end
    if technique:find "Wrapped" and alive(values.wrap, technique) == nil then return "unbound texture" end
    if effect == "work_frame" then return "work" end
    if effect == "compose" or effect == "views" then
      if alive(values.matte, technique) == nil then return "unbound texture" end
    end
    return "composite"
  end

  function C.gs_draw_sprite(_, _, width, height)
    local values = {}
    for name, value in pairs(world.effect.values) do values[name] = value end
    local shows = what_shows(world.effect.name, world.technique, values)
    world.effect.values = {} -- libobs forgets a technique's values once it is drawn
    world.drawn[#world.drawn + 1] = { technique = world.technique, effect = world.effect.name, into = world.target,
                                      width = width, height = height, values = values, shows = shows }
    if world.target then world.target.texture.shows = shows end
  end

  function C.gs_clear() if world.target then world.target.texture.shows = "nothing" end end
  function C.gs_ortho(...) world.ortho = { ... } end
  function C.gs_blend_state_push() world.blend_depth = world.blend_depth + 1 end
  function C.gs_blend_state_pop() world.blend_depth = world.blend_depth - 1 end
  function C.gs_blend_function(...) world.blend = { ... } end
  function C.gs_blend_function_separate(...) world.blend = { ... } end
  function C.gs_framebuffer_srgb_enabled() return world.srgb end
  function C.gs_enable_framebuffer_srgb(on) world.srgb = on end
  function C.obs_enter_graphics() world.locked = world.locked + 1 end
  function C.obs_leave_graphics() world.locked = world.locked - 1 end
end
