// Logs in with the client of the TypeScript SDK, and asks the server who that was: node login.mjs URL
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const url = new URL(process.argv[2]);
let client, tokens, verifier, code;
const authProvider = {
  redirectUrl: "http://127.0.0.1:9/callback",
  clientMetadata: {
    client_name: "tests",
    redirect_uris: ["http://127.0.0.1:9/callback"],
    grant_types: ["authorization_code"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  },
  clientInformation: () => client,
  saveClientInformation: (saved) => { client = saved; },
  tokens: () => tokens,
  saveTokens: (saved) => { tokens = saved; },
  codeVerifier: () => verifier,
  saveCodeVerifier: (saved) => { verifier = saved; },
  // The browser, and the user in front of it.
  redirectToAuthorization: async (place) => {
    const form = await (await fetch(place)).text();
    if (!form.includes("Log in")) throw new Error(form);
    const body = new URLSearchParams({ user: "ada", password: "lovelace" });
    const answer = await fetch(place, { method: "POST", body, redirect: "manual" });
    code = new URL(answer.headers.get("location")).searchParams.get("code");
  },
};

const connect = async () => {
  const transport = new StreamableHTTPClientTransport(url, { authProvider });
  const one = new Client({ name: "tests", version: "1" });
  try {
    await one.connect(transport);
    return one;
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    await transport.finishAuth(code);
  }
};
const connected = (await connect()) ?? (await connect());
const answer = await connected.callTool({ name: "who", arguments: {} });
console.log(answer.content[0].text);
await connected.close();
