-- Asks Keywicket's gate about each request, with HAProxy's own HTTP client
-- (HAProxy 2.5 or later). docs/haproxy.md explains how to set it up.

local gate = os.getenv("KEYWICKET_GATE")
local token = os.getenv("KEYWICKET_TOKEN")

-- The headers that identify the caller to the upstream. All of them are always
-- set; a header without a value is empty.
local identity = {"X-Keywicket-Key", "X-Keywicket-Name", "X-Keywicket-Account", "X-Keywicket-App", "X-Keywicket-Api"}

-- The client's headers that the gate does not get: those of the connection, and
-- those that only a proxy may set.
local unsent = {}
for name in ("host connection keep-alive proxy-connection te trailer transfer-encoding content-length upgrade expect "
    .. "x-original-uri x-original-method x-real-ip x-keywicket-token"):gmatch("%S+") do
    unsent[name] = true
end

-- The gate's headers that the client does not get.
local unsaid = {connection = true, ["content-length"] = true, ["transfer-encoding"] = true, date = true}
for _, name in ipairs(identity) do
    unsaid[name:lower()] = true
end

-- lines returns the values of a header, which HAProxy numbers from 0.
local function lines(values)
    local list, i = {}, 0
    while values and values[i] ~= nil do
        list[#list + 1] = values[i]
        i = i + 1
    end
    return list
end

local function question(txn)
    local headers = {}
    for name, values in pairs(txn.http:req_get_headers()) do
        if not unsent[name:lower()] then
            headers[name] = lines(values)
        end
    end
    headers["X-Original-Uri"] = {txn.sf:pathq()}
    headers["X-Original-Method"] = {txn.sf:method()}
    headers["X-Real-Ip"] = {txn.sf:src()}
    if token then
        headers["X-Keywicket-Token"] = {token}
    end
    return headers
end

-- Half of tune.bufsize, the buffer for a request. A request of unknown length
-- that needs less is complete: with option http-buffer-request, HAProxy waits
-- until it is, or until the buffer is full.
local half = 8192

-- body returns the request's body, or "" if HAProxy does not hold all of it: the
-- gate must not find an app in a part.
local function body(txn)
    local text = txn.sf:req_body() or ""
    local length = tonumber(txn.sf:req_hdr("content-length"))
    if length then
        return length == #text and text or ""
    end
    local size = #text
    for name, values in pairs(txn.http:req_get_headers()) do
        for _, value in ipairs(lines(values)) do
            size = size + #name + #value + 32
        end
    end
    return size + #txn.sf:url() < half and text or ""
end

local function ask(txn)
    local request = {url = gate, headers = question(txn), timeout = 5000}
    request.body = body(txn)
    local client = core.httpclient()
    if request.body == "" then
        request.body = nil
        return client:get(request)
    end
    return client:post(request)
end

local function deny(txn, answer)
    local headers = {}
    for name, values in pairs(answer.headers) do
        if not unsaid[name:lower()] then
            headers[name] = lines(values)
        end
    end
    txn:done(txn:reply({status = answer.status, headers = headers, body = answer.body}))
end

core.register_action("keywicket", {"http-req"}, function(txn)
    txn:set_var("txn.keywicket", "")
    local answer = ask(txn)
    if not answer or not answer.status or answer.status >= 500 or answer.status < 200 then
        core.log(core.err, "keywicket: the gate does not answer")
        return -- haproxy.cfg then denies the request
    end
    if answer.status ~= 200 then
        deny(txn, answer)
        return
    end
    for _, name in ipairs(identity) do
        local values = lines(answer.headers[name:lower()])
        txn.http:req_set_header(name, values[1] or "")
    end
    txn:set_var("txn.keywicket", "allowed")
end, 0)
