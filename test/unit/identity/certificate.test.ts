// Certificates that cannot be used say why, and nothing of what is in them. Those that can are signed in with in sign-in.test.ts.

import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readCertificate } from '../../../src/identity/certificate.ts';
import { Secret } from '../../../src/values/secret.ts';
import { certificateFile } from '../../support/sign-in.ts';

const plain = certificateFile('plain.pem').toString();
const [certificatePart = '', keyPart = ''] = plain.split('-----END CERTIFICATE-----\n');
const certificate = `${certificatePart}-----END CERTIFICATE-----\n`;
const keyOf = (type: 'rsa' | 'ec'): string =>
  (type === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  ).privateKey
    .export({ type: 'pkcs8', format: 'pem' })
    .toString();

describe('a certificate that cannot be used', () => {
  const rows: readonly (readonly [
    because: string,
    content: string | Uint8Array,
    password: string | undefined,
    why: string,
  ])[] = [
    ['some text', 'not a certificate!', undefined, 'it is neither PEM nor PKCS12 nor base64 of PKCS12'],
    ['base64 of something else', 'aGVsbG8=', undefined, 'it is neither PEM nor PKCS12 nor base64 of PKCS12'],
    ['a certificate without a key', certificate, undefined, 'it holds no private key'],
    ['a key without a certificate', keyPart, undefined, 'it holds no certificate'],
    [
      'a key of another certificate',
      `${certificate}${keyOf('rsa')}`,
      undefined,
      'none of its certificates belongs to its private key',
    ],
    [
      'an elliptic key',
      `${certificate}${keyOf('ec')}`,
      undefined,
      'its private key is of type ec; Entra takes RSA keys only',
    ],
    [
      'an encrypted key and no password',
      certificateFile('encrypted.pem').toString(),
      undefined,
      'its private key is encrypted and there is no AZURE_CLIENT_CERTIFICATE_PASSWORD',
    ],
    [
      'an encrypted key and a wrong password',
      certificateFile('encrypted.pem').toString(),
      'hush',
      'its private key cannot be read with the password in AZURE_CLIENT_CERTIFICATE_PASSWORD',
    ],
    [
      'PKCS12 and a wrong password',
      certificateFile('modern.p12'),
      'hush',
      'its PKCS12 content does not open with the password in AZURE_CLIENT_CERTIFICATE_PASSWORD',
    ],
    [
      'PKCS12 cut short',
      certificateFile('modern.p12').subarray(0, 900),
      'p12-Pa55word',
      'its PKCS12 content cannot be read',
    ],
    [
      'PKCS12 whose password is to be hashed for ever',
      certificateFile('many-rounds.p12'),
      'x',
      'it asks for too many rounds of hashing its password',
    ],
    [
      'PEM whose password is to be hashed for ever',
      certificateFile('many-rounds.pem'),
      'x',
      'it asks for too many rounds of hashing its password',
    ],
  ];
  it.each(rows)('%s', (_because, content, password, why) => {
    const read = readCertificate(new Secret(content), password === undefined ? undefined : new Secret(password));
    expect(read).toEqual({ ok: false, why });
  });
});

describe('a certificate that can be used', () => {
  it('comes first, whatever the order in which a chain was given, and its key is open', () => {
    const other = certificate.replace(/\n[A-Za-z0-9+/]{8}/, (line) => `${line.slice(0, -1)}A`);
    const read = readCertificate(new Secret(`${keyPart}${other}${certificate}`));
    expect(read.ok && read.pem.startsWith(certificate.trim())).toBe(true);
    expect(read.ok && read.pem).toContain('-----BEGIN PRIVATE KEY-----');
  });
});
