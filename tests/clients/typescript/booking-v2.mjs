// Drives `booking` with `@modelcontextprotocol/client` 2.x, in both eras: it asks, and the client answers.
//
// Usage: booking-v2.mjs --stdio PATH_OF_THE_SERVER
//        booking-v2.mjs --http URL

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

import { STATEFUL, STATELESS, able, everything } from './booking.mjs';
import { Checks, equal } from './checks.mjs';

const [how, where] = process.argv.slice(2);
const checks = new Checks(`booking, TypeScript client 2.x over ${how.slice(2)}`);

/** How it negotiates, and what should come out. */
const WAYS = [
  ['auto', { versionNegotiation: { mode: 'auto' } }, STATELESS],
  ['pinned', { versionNegotiation: { mode: { pin: STATELESS } } }, STATELESS],
  ...STATEFUL.map((revision) => [
    `legacy ${revision}`,
    { versionNegotiation: { mode: 'legacy' }, supportedProtocolVersions: [revision] },
    revision,
  ]),
];

function transport() {
  if (how === '--http') return new StreamableHTTPClientTransport(new URL(where));
  return new StdioClientTransport({ command: where, stderr: 'ignore' });
}

for (const [name, options, revision] of WAYS) {
  checks.section = name;
  const faults = [];
  const open = async (guest, abilities) => {
    const { methods, capabilities } = able(abilities);
    const client = new Client({ name: 'tests', version: '1.0' }, { ...options, capabilities });
    for (const method of methods) client.setRequestHandler(method, ({ params }) => guest.answer(method, params));
    client.onerror = (error) => faults.push(String(error));
    await client.connect(transport());
    equal(client.getNegotiatedProtocolVersion(), revision, 'protocolVersion');
    const call = (tool, args, more) => client.callTool({ name: tool, arguments: args }, more);
    return { client, call };
  };
  // What comes in one piece with an answer, this client looks at after the answer, and does not know of any more.
  const forgetful = how === '--stdio' && revision === STATELESS;
  await everything(checks, { revision, name: `client-v2 ${name}`, open, forgetful });
  await checks.check('nothing the client could not read', async () => {
    equal(faults.filter((fault) => !forgetful || !fault.includes('unknown token')), [], 'errors');
  });
}
checks.finish();
