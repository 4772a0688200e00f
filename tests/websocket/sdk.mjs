// Calls tools with `@modelcontextprotocol/sdk` 1.x over WebSocket: `sdk.mjs URL`.

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { WebSocketClientTransport } from '@modelcontextprotocol/sdk/client/websocket.js';

const client = new Client({ name: 'tests', version: '1.0' });
await client.connect(new WebSocketClientTransport(new URL(process.argv[2])));
const { tools } = await client.listTools();
const sum = await client.callTool({ name: 'add', arguments: { a: 2, b: 3 } });
const failed = await client.callTool({ name: 'fail', arguments: { message: 'no such file' } });
console.log(tools.some((tool) => tool.name === 'add'), sum.content[0].text, failed.isError, failed.content[0].text);
await client.close();
