// Asks Keywicket about a request, with its body, and lets it through or sends
// the client the response that Keywicket intended. For nginx's njs module.

const identity = ['key', 'name', 'account', 'app', 'api'];
const passed = ['Content-Type', 'WWW-Authenticate', 'Retry-After', 'RateLimit', 'RateLimit-Policy',
    'X-Keywicket-Reason', 'Cache-Control'];

async function guard(r) {
    let answer;
    try {
        // A subrequest without its own body carries the client's.
        answer = await r.subrequest('/_keywicket', {method: 'POST'});
    } catch (e) {
        r.error('keywicket: ' + e);
        down(r);
        return;
    }
    if (answer.status === 200) {
        identity.forEach(name => {
            r.variables['keywicket_' + name] = answer.headersOut['X-Keywicket-' + name] || '';
        });
        r.internalRedirect('@api');
        return;
    }
    if (answer.status !== 401 && answer.status !== 403) {
        r.error('keywicket: the gate answered ' + answer.status);
        down(r);
        return;
    }
    passed.forEach(name => {
        const value = answer.headersOut[name];
        if (value) {
            r.headersOut[name] = value;
        }
    });
    r.return(Number(answer.headersOut['X-Keywicket-Status']) || 403, answer.responseText);
}

// No answer from the gate: nobody passes.
function down(r) {
    r.headersOut['Content-Type'] = 'application/problem+json';
    r.headersOut['Cache-Control'] = 'no-store';
    r.return(503, JSON.stringify({
        type: 'about:blank', title: 'Service Unavailable', status: 503,
        detail: 'The gate does not answer. Try again.', reason: 'unavailable',
    }));
}

export default {guard};
