// The client of @modelcontextprotocol/client, as its guide has it.

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const TEXT = "hello";
const WARM = 300;

const [kind, ...rest] = process.argv.slice(2);
const [transport, calls] =
  kind === "http"
    ? [new StreamableHTTPClientTransport(new URL(rest[0])), Number(rest[1])]
    : [new StdioClientTransport({ command: rest[1], args: rest.slice(2) }), Number(rest[0])];
const begun = performance.now();
let first;
const client = new Client({ name: "bench", version: "0" });
await client.connect(transport);
let before = process.cpuUsage();
for (let n = 0; n < WARM + calls; n++) {
  if (n === WARM) before = process.cpuUsage();
  const result = await client.callTool({ name: "echo", arguments: { message: TEXT } });
  if (result.content[0].text !== TEXT) throw new Error("wrong");
  first ??= performance.now() - begun;
}
const used = process.cpuUsage(before);
console.log(Math.round(((used.user + used.system) * 1000) / calls), Math.round(first * 1000));
await client.close();
