// The tools of the benchmarks on @modelcontextprotocol/server, in its fastest documented set-up: node's own HTTP server,
// one process, answers in JSON. Schemas are made once; an instance is made for each request of revision 2026-07-28, as
// its guide has it, and for each session of 2025-11-25.
//
// A session of 2025-11-25 that answers in JSON cannot carry a report of progress; `http-events` answers with streams of
// events.

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';

import { NodeStreamableHTTPServerTransport, toNodeHandler } from '@modelcontextprotocol/node';
import { McpServer, createMcpHandler } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod/v4';

const operands = z.object({ a: z.int(), b: z.int() });
const message = z.object({ message: z.string() });
const steps = z.object({ count: z.int() });
const total = z.object({ sum: z.int() });

const text = (text) => ({ content: [{ type: 'text', text }] });
const add = ({ a, b }) => text(String(a + b));
const echo = ({ message }) => text(message);

const further = [];
for (let number = 6; number <= Number(process.env.BENCH_TOOLS ?? 5); number++) {
  further.push(`tool_${String(number).padStart(4, '0')}`);
}

function build() {
  const server = new McpServer({ name: 'benchmark', version: '1.0.0' });
  server.registerTool('add', { description: 'Adds two numbers.', inputSchema: operands }, add);
  server.registerTool('echo', { description: 'Returns what it is given.', inputSchema: message }, echo);
  server.registerTool(
    'progress',
    { description: 'Reports each of its steps.', inputSchema: steps },
    async ({ count }, context) => {
      const progressToken = context.mcpReq._meta?.progressToken;
      for (let step = 1; progressToken !== undefined && step <= count; step++) {
        await context.mcpReq.notify({
          method: 'notifications/progress',
          params: { progressToken, progress: step, total: count }
        });
      }
      return text('done');
    }
  );
  server.registerTool(
    'sum',
    { description: 'Adds two numbers, structured.', inputSchema: operands, outputSchema: total },
    ({ a, b }) => {
      const structuredContent = { sum: a + b };
      return { ...text(JSON.stringify(structuredContent)), structuredContent };
    }
  );
  for (const name of further) {
    server.registerTool(name, { description: 'Adds two numbers.', inputSchema: operands }, add);
  }
  server.registerTool('wait', { description: 'Waits 20 ms, as for an upstream.' }, async () => {
    await setTimeout(20);
    return text('waited');
  });
  return server;
}

function serveHttp(enableJsonResponse) {
  const modern = toNodeHandler(createMcpHandler(build, { legacy: 'reject' }));
  const sessions = new Map();

  const open = async () => {
    const transport = new NodeStreamableHTTPServerTransport({
      enableJsonResponse,
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    transport.onclose = () => sessions.delete(transport.sessionId);
    await build().connect(transport);
    return transport;
  };

  const listener = createServer(async (request, response) => {
    const id = request.headers['mcp-session-id'];
    if (id === undefined && request.headers['mcp-protocol-version'] === '2026-07-28') {
      await modern(request, response);
      return;
    }
    const transport = id === undefined ? await open() : sessions.get(id);
    if (transport === undefined) {
      response.writeHead(404).end();
      return;
    }
    await transport.handleRequest(request, response);
  });
  listener.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${listener.address().port}/mcp`));
}

const modes = { http: () => serveHttp(true), 'http-events': () => serveHttp(false), stdio: () => serveStdio(build) };
const mode = modes[process.argv[2]];
if (mode === undefined) {
  console.error('http, http-events or stdio?');
  process.exit(1);
}
mode();
