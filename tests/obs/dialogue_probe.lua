-- Works a filter's dialogue inside OBS, as a user does: obs-websocket cannot.
-- A file `question` beside the script's settings' "folder" names source, filter and changes, one a line:
--   source; filter; the properties to tell of, with commas; then key<tab>kind<tab>value (string, int, double, bool).
-- Each change is written to the filter's settings, then the property is told that it was modified, as the dialogue
-- does.  `answer` holds one line for each property: name, visible, enabled, description, value, separated by tabs.
local obs = obslua
local folder

local function set(data, key, kind, value)
  if kind == "string" then return obs.obs_data_set_string(data, key, value) end
  if kind == "int" then return obs.obs_data_set_int(data, key, tonumber(value)) end
  if kind == "double" then return obs.obs_data_set_double(data, key, tonumber(value)) end
  obs.obs_data_set_bool(data, key, value == "true")
end

local function value_of(data, name, kind)
  if kind == obs.OBS_PROPERTY_BOOL then return tostring(obs.obs_data_get_bool(data, name)) end
  if kind == obs.OBS_PROPERTY_FLOAT then return ("%.4g"):format(obs.obs_data_get_double(data, name)) end
  if kind == obs.OBS_PROPERTY_INT or kind == obs.OBS_PROPERTY_COLOR then
    return ("%d"):format(obs.obs_data_get_int(data, name))
  end
  return obs.obs_data_get_string(data, name)
end

-- (Lua cannot walk from one property to the next: OBS gives it no pointer to a pointer.)
local function describe(properties, data, name)
  local property = obs.obs_properties_get(properties, name)
  if property == nil then return name .. "\tmissing" end
  local shown = { name, tostring(obs.obs_property_visible(property)), tostring(obs.obs_property_enabled(property)),
                  obs.obs_property_description(property) or "",
                  value_of(data, name, obs.obs_property_get_type(property)) }
  for i, text in ipairs(shown) do shown[i] = text:gsub("[\t\n]", " ") end
  return table.concat(shown, "\t")
end

local function work(lines)
  local source = obs.obs_get_source_by_name(lines[1])
  local filter = obs.obs_source_get_filter_by_name(source, lines[2])
  local data = obs.obs_source_get_settings(filter)
  local properties = obs.obs_source_properties(filter)
  obs.obs_properties_apply_settings(properties, data) -- what opening the dialogue does
  for i = 4, #lines do
    local key, kind, value = lines[i]:match "^(.-)\t(.-)\t(.*)$"
    set(data, key, kind, value)
    obs.obs_property_modified(obs.obs_properties_get(properties, key), data)
    obs.obs_source_update(filter, data)
  end
  local found = {}
  for name in lines[3]:gmatch "[^,]+" do found[#found + 1] = describe(properties, data, name) end
  obs.obs_properties_destroy(properties)
  obs.obs_data_release(data)
  obs.obs_source_release(filter)
  obs.obs_source_release(source)
  return table.concat(found, "\n")
end

local function answer()
  local file = io.open(folder .. "/question", "r")
  if not file then return end
  local lines = {}
  for line in file:lines() do lines[#lines + 1] = line end
  file:close()
  os.remove(folder .. "/question")
  local ok, text = pcall(work, lines)
  local out = io.open(folder .. "/answer.part", "w")
  out:write(ok and text or "FAILED " .. tostring(text))
  out:close()
  os.rename(folder .. "/answer.part", folder .. "/answer")
end

function script_load(settings)
  folder = obs.obs_data_get_string(settings, "folder")
  obs.timer_add(answer, 50)
end
