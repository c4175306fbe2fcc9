// asoctl crd list: which of the shipped CRDs the cluster has, which are outdated, and what is there beside them.

import { installedCrds } from '../crds/install.ts';
import { CRD_STATES, type CrdRow, overview } from '../crds/overview.ts';
import { readShelf } from '../crds/shelf.ts';
import { CLUSTER_OPTIONS, withCluster } from './cluster.ts';
import { type CliCommand, CliError, listOf } from './command.ts';
import { SHIPPED_CRDS } from './project.ts';

export const crdList: CliCommand = {
  path: ['crd', 'list'],
  summary: 'Shows the CRDs of the cluster: installed, outdated, available, foreign, and those of your own',
  options: [
    {
      flags: '-s, --state <state>',
      summary: `only these states: ${CRD_STATES.join(', ')}`,
      isList: true,
    },
    ...CLUSTER_OPTIONS,
  ],
  run: async (_args, options, terminal) => {
    const states = listOf(options.state);
    const unknown = states.find((state) => !CRD_STATES.some((known) => known === state));
    if (unknown !== undefined) throw new CliError(`--state is '${unknown}'; allowed: ${CRD_STATES.join(', ')}`);
    const installed = await withCluster(options, (kube) => installedCrds(kube.send, terminal.signal));
    const all = overview(readShelf(SHIPPED_CRDS).shipped, installed);
    const rows = states.length === 0 ? all : all.filter(({ state }) => states.includes(state));
    terminal.out(table(rows));
    terminal.note(counted(all));
    return 0;
  },
};

function table(rows: readonly CrdRow[]): string {
  const lines = [
    ['CRD', 'STATE', 'RELEASE', 'VERSIONS', 'WHY'],
    ...rows.map((row) => [row.name, row.state, row.release, row.versions, row.why]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function counted(rows: readonly CrdRow[]): string {
  const counts = Map.groupBy(rows, ({ state }) => state);
  return [...counts].map(([state, of]) => `${of.length} ${state}`).join(', ');
}
