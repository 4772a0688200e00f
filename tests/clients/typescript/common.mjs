// What a TypeScript client finds in `everything`, whichever client it is.
//
// A peer is `{ client, call, notes, revision, watched, notFound }`: the client, connected; `call(tool, arguments,
// options)`; what the server said without being asked; the revision; two resources that nobody else changes; and the
// code for a resource that there is not.

import { readFileSync } from 'node:fs';

import { equal, holds, yes } from './checks.mjs';

/** What `fixtures.py` knows, as JSON. */
export const fx = JSON.parse(readFileSync(process.argv[3], 'utf8'));

export function texts(result) {
  return result.content.filter((block) => block.type === 'text').map((block) => block.text);
}

export function onlyText(result) {
  equal(result.content.length, 1, 'number of content blocks');
  equal(result.isError ?? false, false, `isError of ${texts(result)}`);
  return texts(result)[0];
}

export async function refusal(promise, code, ...words) {
  let result;
  try {
    result = await promise;
  } catch (error) {
    equal(error.code, code, `code of ${error}`);
    for (const word of words) holds(word, error.message + JSON.stringify(error.data ?? null), 'error');
    return error;
  }
  throw new Error(`expected error ${code}, got ${JSON.stringify(result).slice(0, 300)}`);
}

/** Records what goes over the wire. */
export function recorder(answers) {
  return async (url, init) => {
    const response = await fetch(url, init);
    const { status, headers: got } = response;
    answers.add({ method: init?.method ?? 'GET', sent: new Headers(init?.headers), status, got });
    return response;
  };
}

/** What the client could not read. Of a call that it gave up, some progress may still be on its way. */
export function unreadable(faults) {
  return faults.filter((fault) => !fault.includes('progress notification for an unknown token'));
}

export async function everything(checks, peer) {
  await lists(checks, peer);
  await contents(checks, peer);
  await failures(checks, peer);
  await resourcesAndPrompts(checks, peer);
  await progress(checks, peer);
  await concurrency(checks, peer);
}

async function lists(checks, { client }) {
  await checks.check('lists tools, resources, templates and prompts', async () => {
    const { tools } = await client.listTools();
    const names = tools.map((tool) => tool.name);
    for (const name of fx.TOOLS) holds(name, names, 'tools');
    equal(names, [...names].sort(), 'order of the tools');
    for (const tool of tools) yes(tool.description && tool.inputSchema.type === 'object', `not complete: ${tool.name}`);
    equal(tools.find((tool) => tool.name === 'json_schema_2020_12_tool').inputSchema, fx.SCHEMA_2020_12, 'schema');
    const uris = (await client.listResources()).resources.map((resource) => resource.uri);
    for (const uri of fx.RESOURCES) holds(uri, uris, 'resources');
    const templates = (await client.listResourceTemplates()).resourceTemplates.map((template) => template.uriTemplate);
    for (const template of fx.TEMPLATES) holds(template, templates, 'templates');
    const { prompts } = await client.listPrompts();
    for (const name of fx.PROMPTS) holds(name, prompts.map((prompt) => prompt.name), 'prompts');
    const { arguments: named } = prompts.find((prompt) => prompt.name === 'test_prompt_with_arguments');
    equal(named.map(({ name, required }) => [name, required]), [['arg1', true], ['arg2', true]], 'prompt arguments');
  });
}

async function contents(checks, { call, revision }) {
  await checks.check('calls tools', async () => {
    equal(onlyText(await call('test_simple_text')), fx.SIMPLE_TEXT);
    equal(onlyText(await call('add', { a: 2, b: 3 })), '5');
    equal(onlyText(await call('add', { a: -(2 ** 53), b: 1 })), String(1 - 2 ** 53));
    equal(onlyText(await call('test_x_mcp_header', { region: ' ü ' })), 'region= ü ');
  });
  for (const [name, text] of fx.awkward_texts) {
    await checks.check(`echoes ${name}`, async () => {
      equal(onlyText(await call('echo', { message: text })), text);
      // Not ready at once, so in an event where that is how it is told.
      equal(onlyText(await call('slow_compute', { seconds: 0.02, label: text })), `${text}: computed for 0.02 s`);
    });
  }
  await checks.check('content of every kind', async () => {
    const [image] = (await call('test_image_content')).content;
    equal([image.type, image.mimeType, image.data], ['image', 'image/png', fx.PNG]);
    const [audio] = (await call('test_audio_content')).content;
    if (revision === '2024-11-05') equal(audio.type, 'text');
    else equal([audio.type, audio.mimeType, atob(audio.data).slice(0, 4)], ['audio', 'audio/wav', 'RIFF']);
    const [block] = (await call('test_embedded_resource')).content;
    equal([block.resource.uri, block.resource.mimeType, block.resource.text], fx.EMBEDDED);
    const kinds = (await call('test_multiple_content_types')).content.map((one) => one.type);
    equal(kinds, ['text', 'image', 'resource']);
  });
  await checks.check('structured output, which the client holds to its schema', async () => {
    const expected = { city: 'Oslo', temperature: 21.5, conditions: 'Sunny' };
    const result = await call('test_structured_output', { city: 'Oslo' });
    equal(JSON.parse(texts(result)[0]), expected);
    if (revision >= '2025-06-18') equal(result.structuredContent, expected);
  });
  await checks.check('a large answer', async () => {
    equal(onlyText(await call('big', { bytes: 2_000_000 })).length, 2_000_000);
  });
}

async function failures(checks, { client, call, notFound }) {
  await checks.check('errors of tools are results', async () => {
    const result = await call('test_error_handling');
    equal([result.isError, texts(result)[0]], [true, fx.ERROR_TEXT]);
    const wrong = await call('add', { a: 'two', c: 1 });
    equal(wrong.isError, true);
    for (const pointer of ['/a', '/b', '/c']) holds(pointer, texts(wrong).join('\n'));
  });
  await checks.check('errors of the protocol have their codes', async () => {
    await refusal(call('panic'), -32603);
    await refusal(call('ecko', { message: 'x' }), -32602, 'echo');
    await refusal(client.getPrompt({ name: 'nobody_wrote_this' }), -32602);
    await refusal(client.getPrompt({ name: 'test_prompt_with_arguments', arguments: { arg1: 'x' } }), -32602, 'arg2');
    await refusal(client.listTools({ cursor: 'not one of yours' }), -32602);
    const uri = 'test://no-such-thing';
    const error = await refusal(client.readResource({ uri }), notFound);
    equal(error.data?.uri, uri, 'data.uri');
    equal(onlyText(await call('echo', { message: 'still here' })), 'still here');
  });
}

async function resourcesAndPrompts(checks, { client }) {
  await checks.check('reads text, bytes and templates', async () => {
    const read = async (uri) => (await client.readResource({ uri })).contents[0];
    const text = await read('test://static-text');
    equal([text.uri, text.mimeType, text.text], ['test://static-text', 'text/plain', fx.STATIC_TEXT]);
    equal((await read('test://static-binary')).blob, fx.PNG);
    equal(JSON.parse((await read('test://template/123/data')).text), fx.TEMPLATE_DATA);
    holds('a name.txt', (await read('files://deep/er/a%20name.txt')).text);
    holds('straße', (await read('files://ü/straße')).text);
  });
  await checks.check('gets prompts', async () => {
    const get = async (name, args) => (await client.getPrompt({ name, arguments: args })).messages;
    equal((await get('test_simple_prompt'))[0].content.text, fx.SIMPLE_PROMPT);
    const [message] = await get('test_prompt_with_arguments', { arg1: "it's", arg2: '"two"' });
    equal(message.content.text, `Prompt with arguments: arg1='it's', arg2='"two"'`);
    const [embedded] = await get('test_prompt_with_embedded_resource', { resourceUri: 'test://some/where' });
    equal(embedded.content.resource.uri, 'test://some/where');
    equal((await get('test_prompt_with_image'))[0].content.data, fx.PNG);
  });
  await checks.check('completes', async () => {
    const values = async (ref, name, value) => {
      return (await client.complete({ ref, argument: { name, value } })).completion.values;
    };
    const prompt = { type: 'ref/prompt', name: 'test_prompt_with_arguments' };
    equal(await values(prompt, 'arg1', 'par'), ['paris', 'park', 'party']);
    const template = { type: 'ref/resource', uri: 'test://template/{id}/data' };
    equal(await values(template, 'id', '124'), ['124']);
  });
}

async function progress(checks, { call }) {
  await checks.check('reports progress', async () => {
    const steps = [];
    await call('test_tool_with_progress', {}, { onprogress: ({ progress, total }) => steps.push([progress, total]) });
    equal(steps, [[0, 100], [50, 100], [100, 100]], 'progress');
  });
  await checks.check('progress is there long before the answer, and giving up gets through', async () => {
    const giving = new AbortController();
    const flood = call('flood', { n: fx.MUCH }, { signal: giving.signal, onprogress: () => giving.abort('enough') });
    const ended = await flood.then(() => 'answered', () => 'given up');
    equal(ended, 'given up', 'the call');
    equal(onlyText(await call('echo', { message: 'after' })), 'after');
  });
}

async function concurrency(checks, { call }) {
  await checks.check('20 calls at once, each with its own answer', async () => {
    const numbers = [...Array(20).keys()];
    const answers = await Promise.all(numbers.map((number) => call('echo', { message: `number ${number}` })));
    equal(answers.map(onlyText), numbers.map((number) => `number ${number}`));
  });
  await checks.check('slow calls do not hold up a fast one', async () => {
    let order;
    const noted = async (name, args) => {
      await call(name, args);
      order.push(name);
    };
    for (const ms of fx.SLOWER) {
      order = [];
      await Promise.all([noted('sleep', { ms }), noted('block', { ms }), noted('echo', { message: 'fast' })]);
      if (order[0] === 'echo') break;
    }
    equal(order[0], 'echo', 'first answer');
  });
}

/** What is only in the revisions with sessions. */
export async function stateful(checks, { client, call, notes, watched }) {
  const logged = () => notes.of('notifications/message').map((params) => params.data);
  const updated = () => notes.of('notifications/resources/updated').map((params) => params.uri);
  const trigger = (uri) => call('test_trigger_resource_update', { uri });
  await checks.check('logs at the level set', async () => {
    await client.setLoggingLevel('debug');
    await call('test_tool_with_logging');
    equal(logged(), fx.LOG_LINES, 'log');
    await client.setLoggingLevel('error');
    await call('test_tool_with_logging');
    equal(logged(), fx.LOG_LINES, 'log at level error');
  });
  await checks.check('subscribes, hears of the change, and no more afterwards', async () => {
    const [uri, fence] = watched;
    await client.subscribeResource({ uri });
    await trigger('test://static-text');
    await trigger(uri);
    await notes.until(() => updated().length > 0);
    equal(updated(), [uri], 'updates');
    await client.unsubscribeResource({ uri });
    await client.subscribeResource({ uri: fence });
    await trigger(uri);
    await trigger(fence);
    // Whatever was said before it has been heard when this one is.
    await notes.until(() => updated().includes(fence));
    equal(updated(), [uri, fence], 'after the subscription');
  });
  await checks.check('tells of changed lists', async () => {
    for (const kind of ['tool', 'prompt']) {
      await call(`test_trigger_${kind}_change`);
      await notes.until(() => notes.of(`notifications/${kind}s/list_changed`).length > 0);
    }
  });
}

/** Sessions and streams over HTTP; `open(options)` gives a peer, which has its `transport` and `answers` too. */
export async function sessions(checks, peer, open) {
  const { call, transport, answers, revision } = peer;
  await checks.check('a session with an id, and a stream of its own', async () => {
    yes(/^[!-~]+$/.test(transport.sessionId ?? ''), `session id ${transport.sessionId}`);
    await answers.until(() => answers.some((answer) => answer.method === 'GET'));
    const stream = answers.find((answer) => answer.method === 'GET');
    equal([stream.status, stream.got.get('content-type')], [200, 'text/event-stream']);
    for (const { sent } of answers.slice(1)) equal(sent.get('mcp-session-id'), transport.sessionId, 'session id sent');
  });
  await checks.check('the server closes a stream, and the answer still comes', async () => {
    equal(onlyText(await call('test_reconnection')), 'You came back.');
  }, 20_000);
  await checks.check('a call survives its client, and another takes the answer', async () => {
    const first = await open({});
    const token = await new Promise((resolve) => {
      first.call('test_tool_with_progress', {}, { onresumptiontoken: resolve, onprogress: () => {} }).catch(() => {});
    });
    // Not the client: that would cancel what is in flight.
    await first.transport.close();
    const second = await open({ sessionId: first.transport.sessionId, protocolVersion: revision });
    const result = await second.call('test_tool_with_progress', {}, { resumptionToken: token });
    equal(onlyText(result), 'Reported progress three times.');
    await second.transport.terminateSession();
    await second.client.close();
  });
  await checks.check('two clients at once do not hear of each other', async () => {
    const [one, other] = [await open({}), await open({})];
    yes(one.transport.sessionId !== other.transport.sessionId, 'the same session twice');
    const [mine, theirs] = [`${peer.watched[0]}-mine`, `${peer.watched[0]}-theirs`];
    await one.client.subscribeResource({ uri: mine });
    await other.client.subscribeResource({ uri: theirs });
    for (const uri of [theirs, mine]) await call('test_trigger_resource_update', { uri });
    for (const [{ notes }, uri] of [[one, mine], [other, theirs]]) {
      const updated = () => notes.of('notifications/resources/updated');
      await notes.until(() => updated().length > 0);
      equal(updated().map((params) => params.uri), [uri], 'updates');
    }
    for (const { client, transport } of [one, other]) {
      await transport.terminateSession();
      await client.close();
    }
  });
  await checks.check('leaving ends the session', async () => {
    const id = transport.sessionId;
    await transport.terminateSession();
    const gone = answers.find((answer) => answer.method === 'DELETE');
    yes([200, 204].includes(gone.status), `DELETE gave ${gone.status}`);
    const headers = { 'mcp-session-id': id, accept: 'text/event-stream' };
    equal((await fetch(process.argv[2], { headers })).status, 404, 'status of GET afterwards');
    await peer.client.close();
  });
}
