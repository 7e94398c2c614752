std = "luajit"
max_line_length = 120
read_globals = { "obslua", "script_path" } -- OBS gives them to every script
local hooks = { globals = { "script_description", "script_load", "script_unload" } } -- that OBS calls
files["obs_plugin/filter/*.lua"] = hooks
files["tests/obs/*.lua"] = hooks
files["tests/lua"] = { globals = { "obslua", "script_path" } } -- the fake OBS defines them
