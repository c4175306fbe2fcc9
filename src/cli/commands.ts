// Every command of asoctl, in the order of the help text.

import { cleanCrds } from './clean-crds.ts';
import { cleanWebhooks } from './clean-webhooks.ts';
import type { CliCommand } from './command.ts';
import { completionOf } from './completion.ts';
import { crdGenerate } from './crd-generate.ts';
import { crdHandBack } from './crd-hand-back.ts';
import { crdInstall } from './crd-install.ts';
import { crdList } from './crd-list.ts';
import { emulator } from './emulator.ts';
import { exportTemplate } from './export-template.ts';
import { importAzureResource } from './import-azure-resource.ts';
import { version } from './version.ts';

const WORKING: readonly CliCommand[] = [
  crdList,
  crdInstall,
  crdGenerate,
  crdHandBack,
  cleanCrds,
  cleanWebhooks,
  emulator,
  exportTemplate,
  importAzureResource,
  version,
];

export const COMMANDS: readonly CliCommand[] = [...WORKING, completionOf(WORKING)];

/** What the words before a command's last one stand for. */
export const GROUPS: Readonly<Record<string, string>> = {
  clean: 'Cleans up what older releases left',
  crd: 'Custom resource definitions: of any ARM type, of the cluster',
  export: 'Writes what others apply',
  import: 'Makes manifests of what exists',
};
