// The way to the outside for requests to Azure and Entra: through the proxy that the settings name, with a deadline for every request.

import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { createDefaultHttpClient, type HttpClient } from '@azure/core-rest-pipeline';
import { type ProxySettings, proxyFor } from '../values/proxy.ts';

export interface HttpOptions {
  readonly proxy: ProxySettings;
  /** For requests that bring no deadline of their own, in milliseconds. */
  readonly timeoutMs: number;
}

/** One client for ARM and the login hosts. Private authorities come from NODE_EXTRA_CA_CERTS, which Node reads itself. */
export function createHttp({ proxy, timeoutMs }: HttpOptions): HttpClient {
  const http = createDefaultHttpClient();
  const agents = new Map<string, HttpAgent>();

  const agentFor = (url: string): HttpAgent | undefined => {
    const through = proxyFor(url, proxy);
    if (through === undefined) return undefined;
    const isTls = url.startsWith('https:');
    const held = agents.get(`${isTls} ${through}`);
    if (held !== undefined) return held;
    const agent = isTls
      ? new HttpsAgent({ keepAlive: true, proxyEnv: { HTTPS_PROXY: through } })
      : new HttpAgent({ keepAlive: true, proxyEnv: { HTTP_PROXY: through } });
    agents.set(`${isTls} ${through}`, agent);
    return agent;
  };

  return {
    sendRequest: (request) => {
      // The SDK's own proxy policy knows no ranges and takes HTTP_PROXY for https too: its choice is replaced.
      const agent = agentFor(request.url);
      if (agent === undefined) delete request.agent;
      else request.agent = agent;
      if (request.timeout === 0) request.timeout = timeoutMs;
      return http.sendRequest(request);
    },
  };
}
