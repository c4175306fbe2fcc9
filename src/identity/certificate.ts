// Reads a client certificate with its private key, PEM or PKCS12, into the one form that the Azure SDK takes: PEM, the certificate of
// the key first, the key unencrypted. Pure. What is wrong is said without a word of the content.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import type { Secret } from '../values/secret.ts';

export type ReadCertificate =
  | { readonly ok: true; readonly pem: string }
  | { readonly ok: false; readonly why: string };

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
const KEY = /-----BEGIN ((?:RSA |EC |ENCRYPTED )?PRIVATE KEY)-----[\s\S]+?-----END \1-----/;

/** `certificate` holds PEM, PKCS12 bytes, or their base64. An absent password and an empty one are the same. */
export function readCertificate(certificate: Secret, password?: Secret): ReadCertificate {
  const pass = password?.reveal() ?? '';
  const text = certificate.reveal();
  if (text.includes('-----BEGIN ')) return fromPem(text, pass);
  const bytes = pkcs12Bytes(text, certificate.revealBytes());
  if (bytes === undefined) return { ok: false, why: 'it is neither PEM nor PKCS12 nor base64 of PKCS12' };
  const pem = pkcs12ToPem(bytes, pass);
  return pem.ok ? fromPem(pem.pem, '') : pem;
}

const TOO_MANY_ROUNDS = 'it asks for too many rounds of hashing its password';
/** More rounds than any tool asks for: a Secret of any namespace must not keep the operator busy for minutes. */
const MAX_ROUNDS = 2_000_000;

/**
 * True when a key is to be made from the password in too many rounds. Wherever they are asked for (PBKDF2, PKCS12's own way, and its
 * MAC), the count is the number after a salt.
 */
function hasTooManyRounds(node: forge.asn1.Asn1): boolean {
  const { Type } = forge.asn1;
  if (typeof node.value === 'string') {
    const inner = node.type === Type.OCTETSTRING ? parsedDer(node.value) : undefined;
    return inner !== undefined && hasTooManyRounds(inner);
  }
  return node.value.some(
    (child, index) =>
      (child.type === Type.INTEGER && node.value[index - 1] !== undefined && isRounds(node.value, index)) ||
      hasTooManyRounds(child),
  );
}

function isRounds(siblings: forge.asn1.Asn1['value'], index: number): boolean {
  const [salt, count] = [siblings[index - 1], siblings[index]];
  if (typeof salt !== 'object' || typeof count !== 'object' || typeof count.value !== 'string') return false;
  return salt.type === forge.asn1.Type.OCTETSTRING && Number(`0x${forge.util.bytesToHex(count.value)}`) > MAX_ROUNDS;
}

function parsedDer(bytes: string): forge.asn1.Asn1 | undefined {
  try {
    return forge.asn1.fromDer(forge.util.createBuffer(bytes));
  } catch {
    return undefined;
  }
}

/** Both formats are ASN.1 sequences, which begin with 0x30. */
function pkcs12Bytes(text: string, bytes: Uint8Array): Uint8Array | undefined {
  if (bytes[0] === 0x30) return bytes;
  const compact = text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined;
  const decoded = Buffer.from(compact, 'base64');
  return decoded[0] === 0x30 ? decoded : undefined;
}

function pkcs12ToPem(bytes: Uint8Array, password: string): ReadCertificate {
  try {
    const der = forge.asn1.fromDer(forge.util.createBuffer(Buffer.from(bytes).toString('binary')));
    if (hasTooManyRounds(der)) return { ok: false, why: TOO_MANY_ROUNDS };
    const store = forge.pkcs12.pkcs12FromAsn1(der, false, password);
    const bags = (type: string): forge.pkcs12.Bag[] => store.getBags({ bagType: type })[type] ?? [];
    const { oids, privateKeyInfoToPem, privateKeyToAsn1, wrapRsaPrivateKey, certificateToPem } = forge.pki;
    const keys = [...bags(oids.pkcs8ShroudedKeyBag ?? ''), ...bags(oids.keyBag ?? '')].flatMap(({ key }) =>
      key ? [privateKeyInfoToPem(wrapRsaPrivateKey(privateKeyToAsn1(key)))] : [],
    );
    const certificates = bags(oids.certBag ?? '').flatMap(({ cert }) => (cert ? [certificateToPem(cert)] : []));
    return { ok: true, pem: [...certificates, ...keys.slice(0, 1)].join('\n') };
  } catch (error) {
    const isPassword = error instanceof Error && /MAC could not be verified|password/i.test(error.message);
    return {
      ok: false,
      why: isPassword
        ? 'its PKCS12 content does not open with the password in AZURE_CLIENT_CERTIFICATE_PASSWORD'
        : 'its PKCS12 content cannot be read',
    };
  }
}

function fromPem(text: string, password: string): ReadCertificate {
  const certificates = text.match(CERTIFICATE) ?? [];
  const block = KEY.exec(text)?.[0];
  if (certificates.length === 0) return { ok: false, why: 'it holds no certificate' };
  if (block === undefined) return { ok: false, why: 'it holds no private key' };
  const der = /ENCRYPTED PRIVATE/.test(block) ? parsedDer(forge.pem.decode(block)[0]?.body ?? '') : undefined;
  if (der !== undefined && hasTooManyRounds(der)) return { ok: false, why: TOO_MANY_ROUNDS };
  const key = openKey(block, password);
  if (key === undefined)
    return {
      ok: false,
      why:
        password === '' && /ENCRYPTED/.test(block)
          ? 'its private key is encrypted and there is no AZURE_CLIENT_CERTIFICATE_PASSWORD'
          : `its private key cannot be read${/ENCRYPTED/.test(block) ? ' with the password in AZURE_CLIENT_CERTIFICATE_PASSWORD' : ''}`,
    };
  if (key.asymmetricKeyType !== 'rsa')
    return { ok: false, why: `its private key is of type ${key.asymmetricKeyType}; Entra takes RSA keys only` };
  const own = certificates.find((candidate) => isOf(candidate, key));
  if (own === undefined) return { ok: false, why: 'none of its certificates belongs to its private key' };
  const chain = [own, ...certificates.filter((other) => other !== own)];
  return { ok: true, pem: [...chain, key.export({ type: 'pkcs8', format: 'pem' }).toString()].join('\n') };
}

function openKey(block: string, password: string): KeyObject | undefined {
  try {
    return createPrivateKey({ key: block, format: 'pem', ...(password === '' ? {} : { passphrase: password }) });
  } catch {
    return undefined;
  }
}

function isOf(certificate: string, key: KeyObject): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(key);
  } catch {
    return false;
  }
}
