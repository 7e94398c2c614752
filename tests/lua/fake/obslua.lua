-- The table `obslua` that OBS gives to scripts: settings as plain tables, one registered source type, timers.
local function get(data, key)
  local value = data.values[key]
  if value == nil then value = data.defaults[key] end
  return value
end

local M = {}

-- Settings as OBS hands them over: only what is not at its default is in `values`.
function M.data(values)
  return { values = values or {}, defaults = {} }
end

function M.new(world)
  local obs = { OBS_SOURCE_TYPE_FILTER = 1, OBS_SOURCE_VIDEO = 1, LOG_ERROR = 100 }
  function obs.obs_get_locale() return world.locale or "en-US" end
  function obs.obs_data_set_default_string(data, key, value) data.defaults[key] = value end
  function obs.obs_data_set_default_int(data, key, value) data.defaults[key] = value end
  function obs.obs_data_set_default_double(data, key, value) data.defaults[key] = value end
  function obs.obs_data_set_default_bool(data, key, value) data.defaults[key] = value end
  function obs.obs_data_set_string(data, key, value) data.values[key] = value end
  function obs.obs_data_set_int(data, key, value) data.values[key] = value end
  function obs.obs_data_set_double(data, key, value) data.values[key] = value end
  function obs.obs_data_has_user_value(data, key) return data.values[key] ~= nil end
  function obs.obs_data_unset_user_value(data, key) data.values[key] = nil end
  function obs.obs_data_get_double(data, key) return tonumber(get(data, key)) or 0 end
  function obs.obs_data_get_bool(data, key) return get(data, key) == true end
  function obs.obs_data_get_string(data, key) return tostring(get(data, key) or "") end
  function obs.obs_data_get_int(data, key) return tonumber(get(data, key)) or 0 end

  function obs.script_log(_, text) world.log[#world.log + 1] = text end

  -- As OBS does: the name is asked for only if the type is not there, or disabled because its script has gone;
  -- then the instances that were there already are made anew.
  function obs.obs_register_source(info)
    if world.info then return end
    world.display_name = info.get_name()
    world.info, world.owner = info, world.running_script
    world.registrations = (world.registrations or 0) + 1
    for _, filter in ipairs(world.filters or {}) do filter:create() end
  end

  function obs.timer_add(fn, milliseconds)
    local every_ns = milliseconds * 1e6
    world.timers[#world.timers + 1] =
      { fn = fn, script = world.running_script, every_ns = every_ns, due_ns = world.now_ns + every_ns }
  end

  function obs.timer_remove(fn)
    for i = #world.timers, 1, -1 do
      if world.timers[i].fn == fn then table.remove(world.timers, i) end
    end
  end

  -- Everything about properties: recorded by label, given back as a table.
  return setmetatable(obs, { __index = function(_, name)
    if not name:find "^obs_propert" then return name end
    return function(...)
      local widget = { call = name, ... }
      world.widgets[#world.widgets + 1] = widget
      return widget
    end
  end })
end

return M
