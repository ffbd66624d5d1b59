"""A mail server for tests: aiosmtpd with a log-in, TLS and a maildir.

usage: server.py PORT MAILDIR USER PASSWORD MODE [CERT KEY]
MODE is plain, starttls (CERT and KEY), tls (the same from the start), or
mute: it takes connections and says nothing.
"""
import asyncio
import mailbox
import signal
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import AuthResult, SMTP

port, maildir, user, password, mode = int(sys.argv[1]), *sys.argv[2:6]


def authenticator(server, session, envelope, mechanism, data):
    right = data.login == user.encode() and data.password == password.encode()
    return AuthResult(success=right, handled=False)


context = None
if len(sys.argv) > 6:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(sys.argv[6], sys.argv[7])


async def mute():
    async def say_nothing(reader, writer):
        await asyncio.sleep(3600)

    server = await asyncio.start_server(say_nothing, "127.0.0.1", port)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


if mode == "mute":
    asyncio.run(mute())

mailbox.Maildir(maildir, create=True)
options = dict(authenticator=authenticator, auth_required=user != "", auth_require_tls=mode == "starttls", enable_SMTPUTF8=True)
if mode == "starttls":
    options.update(tls_context=context, require_starttls=True)
controller = Controller(
    Mailbox(maildir), hostname="127.0.0.1", port=port,
    ssl_context=context if mode == "tls" else None, **options,
)
controller.start()
print("ready", flush=True)
signal.sigwait([signal.SIGTERM, signal.SIGINT])
controller.stop()
