-- wrk script: posts the lines of a file as JSON bodies, in turn. Usage: wrk -t1 -c8 -d10s -s bodies.lua <address> -- <bodies.jsonl> [key]
local bodies = {}
local next_body = 0

function init(arguments)
  local headers = { ["Content-Type"] = "application/json", ["x-api-key"] = arguments[2] }
  for line in io.lines(arguments[1]) do
    bodies[#bodies + 1] = wrk.format("POST", nil, headers, line)
  end
end

function request()
  next_body = next_body % #bodies + 1
  return bodies[next_body]
end
