// What a principal may do and where: a table given at the start. Without a row a principal may do everything. Source: arm-protocol
// section 9; who refuses, and in which words, is recorded.

import { subscriptionOf } from '../arm/id.ts';
import { type Answer, type Request, refuse } from './message.ts';
import type { EmulatorSettings } from './settings.ts';

export type Right = 'read' | 'write' | 'delete' | 'action';

export interface Grant {
  /** An id: the grant holds there and below. */
  readonly scope: string;
  readonly may: readonly Right[];
}

/** The 403 of a request that the principal has no right to; undefined: it may. */
export function rightProblem(settings: EmulatorSettings, principal: string, request: Request): Answer | undefined {
  const grants = settings.grants[principal];
  if (grants === undefined || subscriptionOf(request.path) === undefined) return undefined;
  const right = rightOf(request.method);
  const path = `${decodeURIComponent(request.path).toLowerCase()}/`;
  if (grants.some(({ scope, may }) => may.includes(right) && path.startsWith(`${scope.toLowerCase()}/`)))
    return undefined;
  const action = `${typeIn(request.path)}/${right}`;
  return refuse(
    403,
    'AuthorizationFailed',
    `The client '${principal}' with object id '${principal}' does not have authorization to perform action '${action}' over scope '${request.path}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  );
}

function rightOf(method: string): Right {
  if (method === 'GET' || method === 'HEAD') return 'read';
  if (method === 'POST') return 'action';
  return method === 'DELETE' ? 'delete' : 'write';
}

/** Microsoft.Storage/storageAccounts of a path that ends in one of them. */
function typeIn(path: string): string {
  const [namespace = 'Microsoft.Resources', ...rest] = path.split('/providers/').at(-1)?.split('/') ?? [];
  const types = rest.filter((_, index) => index % 2 === 0);
  return path.includes('/providers/')
    ? [namespace, ...types].join('/')
    : 'Microsoft.Resources/subscriptions/resourceGroups';
}
