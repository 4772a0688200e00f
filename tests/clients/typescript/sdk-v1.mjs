// Drives `everything` over HTTP with `@modelcontextprotocol/sdk` 1.x, in every stateful revision.
//
// Usage: sdk-v1.mjs URL FIXTURES

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

import { Checks, Notes, equal } from './checks.mjs';
import { everything, fx, recorder, sessions, stateful, unreadable } from './common.mjs';

const url = new URL(process.argv[2]);
const checks = new Checks('TypeScript SDK 1.x over http');

/** A client in a revision of our choice; the client's own is the newest it knows. */
async function open(revision, { sessionId } = {}) {
  const [notes, answers, faults] = [new Notes(), new Notes(), []];
  const transport = new StreamableHTTPClientTransport(url, { fetch: recorder(answers), sessionId });
  const send = transport.send.bind(transport);
  transport.send = (message, options) => {
    if (message.method === 'initialize') message.params.protocolVersion = revision;
    return send(message, options);
  };
  const client = new Client({ name: 'tests', version: '1.0' });
  client.fallbackNotificationHandler = async (note) => notes.add(note);
  client.onerror = (error) => faults.push(String(error));
  await client.connect(transport);
  const call = (name, args, options) => client.callTool({ name, arguments: args }, undefined, options);
  const watched = [`note://sdk-v1-${revision}`, `note://sdk-v1-${revision}-fence`];
  return { client, call, transport, notes, answers, faults, watched, revision, notFound: -32002 };
}

for (const revision of fx.STATEFUL) {
  checks.section = revision;
  let peer;
  await checks.check('connects', async () => {
    peer = await open(revision);
    equal(peer.transport.protocolVersion, revision, 'protocolVersion');
  });
  if (!peer) continue;
  await everything(checks, peer);
  await stateful(checks, peer);
  await checks.check('nothing the client could not read', async () => equal(unreadable(peer.faults), [], 'errors'));
  await sessions(checks, peer, (options) => open(revision, options));
}
checks.finish();
