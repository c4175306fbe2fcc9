-- Health of this operator's objects for Argo CD: resource.customizations in argocd-cm, key "*.azure.com/*", entry health.lua.
hs = { status = "Progressing", message = "waiting for the operator" }
if obj.status ~= nil and obj.status.conditions ~= nil then
  -- A condition about an older generation says nothing about this one.
  local isCurrent = obj.status.observedGeneration == nil or obj.status.observedGeneration == obj.metadata.generation
  for _, condition in ipairs(obj.status.conditions) do
    if condition.type == "Ready" and isCurrent then
      hs.message = condition.message or ""
      if condition.status == "True" then
        hs.status = "Healthy"
      elseif condition.severity == "Error" then
        hs.status = "Degraded"
      else
        hs.message = (condition.reason or "") .. ": " .. (condition.message or "")
      end
    end
  end
end
return hs
