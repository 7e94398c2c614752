-- The words a user sees: locale/<language>.ini, lines of key="text".  A key without a text shows as itself.

-- What is read where OBS's own language (pt-PT, zh-TW, …) has no file but a sister of it has.
local SISTER = {
  de = "de-DE", es = "es-ES", fr = "fr-FR", ja = "ja-JP", ko = "ko-KR", pt = "pt-BR", zh = "zh-CN",
}

local function read_into(words, path)
  local file = io.open(path, "r")
  if not file then return false end
  for line in file:lines() do
    local key, text = line:match '^%s*([%w_.]+)%s*=%s*"(.*)"%s*$'
    if key then words[key] = text:gsub("\\n", "\n") end
  end
  file:close()
  return true
end

local function read_translation(words, folder, language)
  if read_into(words, folder .. "/" .. language .. ".ini") then return end
  local sister = SISTER[language:match "^%l+"]
  if sister then read_into(words, folder .. "/" .. sister .. ".ini") end
end

-- Returns say(key).  English fills what a translation lacks.
return function(folder, language)
  local words = {}
  assert(read_into(words, folder .. "/en-US.ini"), "no English texts in " .. folder)
  if language ~= "en-US" then read_translation(words, folder, language) end
  return function(key) return words[key] or key end
end
