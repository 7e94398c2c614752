std = "luajit"
max_line_length = 120
read_globals = { "obslua", "script_path" } -- OBS gives them to every script
files["obs_plugin/filter/selfie_segmentation.lua"] = {
  globals = { "script_description", "script_load", "script_unload" }, -- hooks that OBS calls
}
files["tests/lua"] = { globals = { "obslua", "script_path" } } -- the fake OBS defines them
