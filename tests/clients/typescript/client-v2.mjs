// Drives `everything` over HTTP with `@modelcontextprotocol/client` 2.x, in both eras.
//
// Usage: client-v2.mjs URL FIXTURES

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

import { Checks, Notes, equal, yes } from './checks.mjs';
import { everything, fx, onlyText, recorder, sessions, stateful, unreadable } from './common.mjs';

const url = new URL(process.argv[2]);
const checks = new Checks('TypeScript client 2.x over http');

/** How it negotiates, and what should come out. */
const WAYS = [
  ['auto', { versionNegotiation: { mode: 'auto' } }, fx.STATELESS],
  ['pinned', { versionNegotiation: { mode: { pin: fx.STATELESS } } }, fx.STATELESS],
  ...fx.STATEFUL.map((revision) => [
    `legacy ${revision}`,
    { versionNegotiation: { mode: 'legacy' }, supportedProtocolVersions: [revision] },
    revision,
  ]),
];

async function open([name, options, revision], { sessionId, protocolVersion } = {}) {
  const [notes, answers, faults] = [new Notes(), new Notes(), []];
  const transport = new StreamableHTTPClientTransport(url, { fetch: recorder(answers), sessionId, protocolVersion });
  const client = new Client({ name: 'tests', version: '1.0' }, options);
  client.fallbackNotificationHandler = async (note) => notes.add(note);
  client.onerror = (error) => faults.push(String(error));
  await client.connect(transport);
  const call = (tool, args, more) => client.callTool({ name: tool, arguments: args }, more);
  const uri = `note://client-v2-${name.replaceAll(' ', '-')}`;
  const watched = [uri, `${uri}-fence`];
  // This client gives -32002 as the code of the newest revision.
  return { client, call, transport, notes, answers, faults, watched, revision, notFound: -32602 };
}

async function stateless({ client, call, notes, answers, transport, watched }) {
  await checks.check('logs only to those who ask, at their level', async () => {
    const logged = () => notes.of('notifications/message').map((params) => params.data);
    const at = (level) => {
      const _meta = level && { 'io.modelcontextprotocol/logLevel': level };
      return client.callTool({ name: 'test_tool_with_logging', _meta });
    };
    await at(undefined);
    await at('error');
    equal(logged(), [], 'log without a level');
    await at('info');
    equal(logged(), fx.LOG_LINES, 'log');
  });
  await checks.check('listens, and hears what it asked for', async () => {
    const [uri, other] = watched;
    const [one, two] = [
      await client.listen({ toolsListChanged: true, resourceSubscriptions: [uri] }),
      await client.listen({ promptsListChanged: true }),
    ];
    equal(one.honoredFilter, { toolsListChanged: true, resourceSubscriptions: [uri] }, 'honored');
    const heard = (method) => notes.until(() => notes.of(method).length > 0);
    await call('test_trigger_tool_change');
    await heard('notifications/tools/list_changed');
    await call('test_trigger_prompt_change');
    await heard('notifications/prompts/list_changed');
    for (const changed of [other, uri]) await call('test_trigger_resource_update', { uri: changed });
    await heard('notifications/resources/updated');
    equal(notes.of('notifications/resources/updated').map((params) => params.uri), [uri], 'updates');
    await one.close();
    await two.close();
    equal([await one.closed, await two.closed], ['local', 'local'], 'ends');
    equal(onlyText(await call('echo', { message: 'after' })), 'after');
  });
  await checks.check('each request on its own, listening as a stream of events', async () => {
    equal(transport.sessionId, undefined, 'session id');
    for (const answer of answers) {
      equal([answer.method, answer.got.get('mcp-session-id')], ['POST', null], 'method and session id');
      if (answer.sent.get('mcp-method') === 'subscriptions/listen') {
        equal([answer.status, answer.got.get('content-type')], [200, 'text/event-stream']);
      }
    }
    yes(answers.some((answer) => answer.sent.get('mcp-method') === 'subscriptions/listen'), 'never listened');
  });
  await client.close();
}

for (const way of WAYS) {
  checks.section = way[0];
  let peer;
  await checks.check('connects', async () => {
    peer = await open(way);
    equal(peer.client.getNegotiatedProtocolVersion(), way[2], 'protocolVersion');
  });
  if (!peer) continue;
  await everything(checks, peer);
  const [, , revision] = way;
  if (revision !== fx.STATELESS) await stateful(checks, peer);
  await checks.check('nothing the client could not read', async () => equal(unreadable(peer.faults), [], 'errors'));
  if (revision === fx.STATELESS) await stateless(peer);
  else await sessions(checks, peer, (options) => open(way, options));
}
checks.finish();
