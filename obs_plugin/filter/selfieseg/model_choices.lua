-- What the lists of models in the dialogue offer: pairs { value, label } in the order of the list.  Pure.
-- `models` is bridge:models(), nil for the fixed list of `key`; `chosen` is always among them, known or not.
local settings = require "selfieseg.settings"

local GIVES = { model = "gives_matte", class_model = "gives_classes" }
local FIXED = { model = settings.MODELS, class_model = settings.CLASS_MODELS }
local AUTO = "auto"

local function label_of(key, model, say)
  for _, id in ipairs(FIXED[key]) do
    if id == model.id then return say(key .. "." .. id) end -- in the user's language
  end
  return model.title ~= "" and model.title or model.id
end

local function add_fixed(choices, key, say)
  for _, id in ipairs(FIXED[key]) do
    if id ~= AUTO then choices[#choices + 1] = { id, say(key .. "." .. id) } end
  end
end

-- The engine's order is by its own titles, these labels may be others.
local function add_known(choices, key, models, at_hand, say)
  local found = {}
  for _, model in ipairs(models) do
    if model[GIVES[key]] and model.at_hand == at_hand then
      local label = label_of(key, model, say)
      found[#found + 1] = { model.id, at_hand and label or say("model_to_download"):format(label), label:lower() }
    end
  end
  table.sort(found, function(a, b)
    if a[3] ~= b[3] then return a[3] < b[3] end
    return a[1] < b[1]
  end)
  for _, each in ipairs(found) do choices[#choices + 1] = { each[1], each[2] } end
end

local function has(choices, id)
  for _, choice in ipairs(choices) do
    if choice[1] == id then return true end
  end
  return false
end

-- `key` is "model" or "class_model".
return function(key, models, chosen, say)
  local choices = { { AUTO, say(key .. "." .. AUTO) } }
  if models then
    add_known(choices, key, models, true, say)
    add_known(choices, key, models, false, say)
  else
    add_fixed(choices, key, say)
  end
  -- OBS would choose the first of the list in the place of one that is not in it.
  if chosen and chosen ~= "" and not has(choices, chosen) then
    choices[#choices + 1] = { chosen, models and say("model_not_known"):format(chosen) or chosen }
  end
  return choices
end
