// The certificate of the metrics server: tls.crt and tls.key of a folder, read again when they change, or one made on the spot while
// the folder has none that can be used. A certificate that has run out counts as none: it would be served for ever otherwise.

import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { makeCertificate } from '../values/certificate.ts';

export interface ServingCertificate {
  readonly cert: string;
  readonly key: string;
  /** Where it comes from. */
  readonly source: 'folder' | 'made';
}

export interface CertificateSource {
  readonly folder: string;
  readonly dnsNames: readonly string[];
  readonly now: () => number;
  readonly complain: (message: string) => void;
}

const DAYS = 365;
const MS_A_DAY = 24 * 60 * 60 * 1000;

/** Reads the certificate anew at each call; gives the one before when nothing has changed. */
export function createCertificates(source: CertificateSource): () => Promise<ServingCertificate> {
  let last: ServingCertificate | undefined;
  let madeAt = Number.NEGATIVE_INFINITY;
  let complained = '';

  const complain = (message: string): void => {
    if (message !== complained) source.complain(message);
    complained = message;
  };

  return async () => {
    const found = await fromFolder(source);
    if (typeof found === 'string') complain(found);
    else if (found !== undefined) {
      complained = '';
      if (last?.source !== 'folder' || last.cert !== found.cert || last.key !== found.key) last = found;
      return last;
    }
    // Made anew long before it runs out.
    if (last?.source === 'made' && source.now() - madeAt < (DAYS / 2) * MS_A_DAY) return last;
    madeAt = source.now();
    last = await made(source);
    return last;
  };
}

async function made(source: CertificateSource): Promise<ServingCertificate> {
  const { certPem, keyPem } = await makeCertificate({
    now: source.now(),
    days: DAYS,
    issuer: 'azure-service-operator metrics',
    dnsNames: source.dnsNames,
    ipAddresses: ['127.0.0.1'],
  });
  return { cert: certPem, key: keyPem, source: 'made' };
}

/** The certificate of the folder; undefined when there is none; text: why the one that is there cannot be used. */
async function fromFolder({ folder, now }: CertificateSource): Promise<ServingCertificate | string | undefined> {
  if (folder === '') return undefined;
  const [cert, key] = await Promise.all(
    ['tls.crt', 'tls.key'].map((file) => readFile(join(folder, file), 'utf8').catch(() => undefined)),
  );
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) return `${folder} holds one of tls.crt and tls.key only`;
  try {
    createSecureContext({ cert, key });
    const { validToDate } = new X509Certificate(cert);
    if (validToDate.getTime() < now())
      return `the certificate in ${folder} ran out at ${validToDate.toISOString()}; one made on the spot is served instead`;
    return { cert, key, source: 'folder' };
  } catch (error) {
    return `the certificate in ${folder} cannot be used: ${error instanceof Error ? error.message : 'no PEM'}`;
  }
}
