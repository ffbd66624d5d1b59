import { ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The binary under test: KEYWICKET_BINARY, or what `make build` leaves. */
export const binary = process.env.KEYWICKET_BINARY ?? resolve(__dirname, '../../../bin/keywicket');

/** A running Keywicket with a data folder of its own. */
export interface Server {
  /** Address of the console, without a slash at its end. */
  base: string;
  /** Address of the gate. */
  gate: string;
  /** Data folder. */
  data: string;
  /** What the present process has printed so far. */
  output(): string;
  /** Ends the process and starts it anew on the same folder. */
  restart(): Promise<void>;
  /** Ends the process and removes the folder. */
  stop(): Promise<void>;
  /** Runs a subcommand on the same data folder and gives its output. */
  run(...args: string[]): string;
}

export interface ServerOptions {
  /** Host name in the console's address. */
  host?: string;
  /** Serve the demo workspace, whose sign-in demoLogIn returns. */
  demo?: boolean;
  /** More flags. */
  flags?: string[];
}

/** Two free ports. Both are held until both are known, or they could be the same. */
async function freePorts(): Promise<[number, number]> {
  const held = await Promise.all(
    [createServer(), createServer()].map(
      (s) =>
        new Promise<ReturnType<typeof createServer>>((done, fail) => {
          s.once('error', fail);
          s.listen(0, '127.0.0.1', () => done(s));
        }),
    ),
  );
  const [a, b] = held.map((s) => (s.address() as { port: number }).port);
  await Promise.all(held.map((s) => new Promise((done) => s.close(done))));
  return [a, b];
}

/** Starts the binary on free loopback ports and waits until it is ready. */
export async function startServer(o: ServerOptions = {}): Promise<Server> {
  const data = mkdtempSync(join(tmpdir(), 'keywicket-e2e-'));
  const [console_, gate_] = await freePorts();
  const base = `http://${o.host ?? '127.0.0.1'}:${console_}`;
  const gate = `http://127.0.0.1:${gate_}`;
  const place = o.demo ? ['--demo'] : ['--data', data];
  const args = [...place, '--listen', `127.0.0.1:${console_}`, '--gate-listen', `127.0.0.1:${gate_}`, '--base-url', base, ...(o.flags ?? [])];
  let child: ChildProcess;
  let text = '';

  async function start(): Promise<void> {
    child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    text = '';
    child.stdout!.on('data', (b) => (text += b));
    child.stderr!.on('data', (b) => (text += b));
    for (let i = 0; i < 200; i++) {
      if (child.exitCode !== null) throw new Error(`the server ended:\n${text}`);
      if (await fetch(`http://127.0.0.1:${console_}/readyz`).then((r) => r.ok, () => false)) return;
      await new Promise((r) => setTimeout(r, 50));
    }
    await end();
    throw new Error(`the server is not ready:\n${text}`);
  }
  async function end(): Promise<void> {
    if (child.exitCode !== null) return;
    const ended = new Promise<void>((r) => child.once('exit', () => r()));
    child.kill('SIGTERM');
    await ended;
  }

  await start();
  return {
    base,
    gate,
    data,
    output: () => text,
    async restart() {
      await end();
      await start();
    },
    async stop() {
      await end();
      rmSync(data, { recursive: true, force: true });
    },
    run: (...more) => execFileSync(binary, [...more, '--data', data], { encoding: 'utf8' }),
  };
}

/** The one-time set-up link that the server printed. */
export function setupLink(s: Server): string {
  const m = s.output().match(/https?:\/\/\S+\/setup\/\S+/);
  if (!m) throw new Error(`no set-up link in:\n${s.output()}`);
  return m[0];
}

/** The sign-in that a demo server printed. */
export function demoLogIn(s: Server): { email: string; password: string } {
  const [email, password] = ['E-mail', 'Password'].map((name) => s.output().match(new RegExp(`^${name}\\s+(\\S+)`, 'm'))?.[1]);
  if (!email || !password) throw new Error(`no log-in in:\n${s.output()}`);
  return { email, password };
}
