-- wrk script: posts the JSON of a file again and again, with the bytes of the file beside it (.bin) after it, if there is one.
-- Usage: wrk -t1 -c8 -d10s -s tensors.lua <address> -- <call.json> [key]
function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  local json = file:read("*a")
  file:close()
  wrk.method = "POST"
  wrk.body = json
  wrk.headers["Content-Type"] = "application/json"
  local tensors = io.open(arguments[1] .. ".bin", "rb")
  if tensors then
    wrk.body = json .. tensors:read("*a")
    wrk.headers["Content-Type"] = "application/octet-stream"
    wrk.headers["Inference-Header-Content-Length"] = #json
    tensors:close()
  end
  if arguments[2] then
    wrk.headers["x-api-key"] = arguments[2]
  end
end
