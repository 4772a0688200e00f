// Drives `booking` with `@modelcontextprotocol/sdk` 1.x, in every stateful revision: it asks, and the client answers.
//
// Usage: booking-v1.mjs --stdio PATH_OF_THE_SERVER
//        booking-v1.mjs --http URL

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';

import { STATEFUL, able, everything } from './booking.mjs';
import { Checks, equal } from './checks.mjs';

const [how, where] = process.argv.slice(2);
const checks = new Checks(`booking, TypeScript SDK 1.x over ${how.slice(2)}`);

const SCHEMAS = {
  'elicitation/create': ElicitRequestSchema,
  'sampling/createMessage': CreateMessageRequestSchema,
  'roots/list': ListRootsRequestSchema,
};

function transport() {
  if (how === '--http') return new StreamableHTTPClientTransport(new URL(where));
  return new StdioClientTransport({ command: where, stderr: 'ignore' });
}

for (const revision of STATEFUL) {
  checks.section = revision;
  const faults = [];
  const open = async (guest, abilities) => {
    const { methods, capabilities } = able(abilities);
    const wire = transport();
    const send = wire.send.bind(wire);
    wire.send = (message, options) => {
      if (message.method === 'initialize') message.params.protocolVersion = revision;
      return send(message, options);
    };
    const client = new Client({ name: 'tests', version: '1.0' }, { capabilities });
    for (const method of methods) {
      client.setRequestHandler(SCHEMAS[method], ({ params }) => guest.answer(method, params));
    }
    client.onerror = (error) => faults.push(String(error));
    await client.connect(wire);
    const call = (name, args, options) => client.callTool({ name, arguments: args }, undefined, options);
    return { client, call };
  };
  await everything(checks, { revision, name: `sdk-v1 ${revision}`, open });
  await checks.check('nothing the client could not read', async () => equal(faults, [], 'errors'));
}
checks.finish();
