// Secrets on their way through the program, and JSON that may hold some.

import { createHash } from 'node:crypto';

const REDACTED = 'REDACTED';
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * A value that must not be printed. Every way of turning it into text gives REDACTED; `reveal` is called in two places only,
 * where a request body is written to the wire and where a Kubernetes Secret is written.
 * A class, because the value must stay private while the object travels through logs and errors.
 */
export class Secret {
  readonly #value: string | Uint8Array;

  /** Bytes are kept as they are: a Kubernetes Secret may hold what is no text, such as a PKCS12 file. */
  constructor(value: string | Uint8Array) {
    this.#value = value;
  }

  /** As text; bytes are read as UTF-8. */
  reveal(): string {
    return typeof this.#value === 'string' ? this.#value : Buffer.from(this.#value).toString('utf8');
  }

  revealBytes(): Uint8Array {
    return typeof this.#value === 'string' ? Buffer.from(this.#value, 'utf8') : this.#value;
  }

  /** SHA-256 in hex, to notice a change without keeping or comparing the value itself. Text and its UTF-8 bytes have the same. */
  digest(): string {
    return createHash('sha256').update(this.#value).digest('hex');
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [INSPECT](): string {
    return REDACTED;
  }
}

/** A JSON value whose string leaves may be secrets: what a request body is until it is written to the wire. */
export type Sealed =
  | null
  | boolean
  | number
  | string
  | Secret
  | readonly Sealed[]
  | { readonly [key: string]: Sealed | undefined };
export type SealedObject = { readonly [key: string]: Sealed | undefined };

/** A copy in which `open` has replaced every Secret leaf. */
export function mapSecrets(value: Sealed, open: (secret: Secret) => string): unknown {
  if (value instanceof Secret) return open(value);
  if (Array.isArray(value)) return value.map((item) => mapSecrets(item, open));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value as SealedObject)
        .filter(([, member]) => member !== undefined)
        .map(([key, member]) => [key, mapSecrets(member as Sealed, open)]),
    );
  }
  return value;
}
