// npm run demo: the main job on real parts. A real control plane, the emulator as Azure, the operator as a process; a small platform
// is applied, becomes Ready, is edited, drifts, is skipped, detached and deleted. `--keep` leaves all running until Ctrl-C.

import { Command } from 'commander';
import { startEmulator } from '../src/emulator/server.ts';
import { isObject, type JsonObject } from '../src/values/json.ts';
import { buildOperator } from './build.ts';
import { type Doc, groupOf, platformDocs } from './demo/documents.ts';
import { NAMESPACE } from './demo/objects.ts';
import { createStage } from './demo/stage.ts';
import { create, detachAndDelete, drift, edit, type Parts, showExports, skip } from './demo/steps.ts';
import { apply, OPERATOR_NAMESPACE, type OperatorProcess, startCluster, startOperator } from './platform.ts';
import { installCrds, installPolicy, projectCrds } from './prepare.ts';
import { runTool, type ToolCall } from './tool.ts';

async function main({ options, signal }: ToolCall<{ keep?: boolean }>): Promise<number> {
  const stage = createStage();
  const started: (() => Promise<unknown>)[] = [];
  let operator: OperatorProcess | undefined;
  try {
    stage.step('Start a real control plane (kube-apiserver and etcd), the ARM emulator and the operator');
    // Meanwhile; whoever starts the operator waits for it, and hears of its failure.
    buildOperator().catch(() => undefined);
    const cluster = await startCluster((line) => stage.say(line), signal);
    started.push(() => cluster.stop());
    stage.lap('control plane is up');
    // Operations last a little, so that there is something to see.
    const emulator = await startEmulator({ operationMs: 800 });
    started.push(() => emulator.stop());
    stage.lap(`emulator is up at ${emulator.endpoint}`);
    const docs = platformDocs();
    const crds = crdsFor(docs);
    await installCrds(cluster.kube, crds, (line) => stage.say(line));
    await installPolicy(cluster.kube);
    stage.lap(`${crds.length} CRDs are served, those of the kinds in platform.yaml alone`);
    for (const name of [NAMESPACE, OPERATOR_NAMESPACE])
      await apply(cluster.kube, `/api/v1/namespaces/${name}`, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      });
    operator = await startOperator({
      kubeconfigPath: cluster.plane.kubeconfigPath,
      endpoint: emulator.endpoint,
      caPem: emulator.caPem,
      subscriptionId: emulator.settings.subscriptionIds[0] ?? '',
      leaderElection: true,
      signal,
    });
    started.push(async () => operator?.stop());
    stage.lap('operator is ready');
    stage.done();
    const parts: Parts = { stage, cluster, emulator, docs, signal };
    await create(parts);
    await showExports(parts);
    await edit(parts);
    await drift(parts);
    await skip(parts);
    if (options.keep === true) return await keep(parts);
    await detachAndDelete(parts);
    summarize(parts);
    return 0;
  } catch (error) {
    if (signal.aborted) stage.say('stopping what was started');
    else {
      console.error(`\nThe demo failed: ${error instanceof Error ? error.message : error}`);
      console.error(operator?.log().split('\n').slice(-15).join('\n'));
    }
    return 1;
  } finally {
    for (const stop of started.reverse()) await stop().catch(() => undefined);
  }
}

/** The shipped CRDs of these documents' kinds. */
function crdsFor(docs: readonly Doc[]): readonly JsonObject[] {
  const kinds = new Set(docs.map((doc) => `${groupOf(doc)}/${doc.kind}`));
  return projectCrds(new Set(docs.map(groupOf))).filter(({ spec }) => {
    if (!isObject(spec) || !isObject(spec.names)) return false;
    return kinds.has(`${String(spec.group).replace(/\.azure\.com$/, '')}/${spec.names.kind}`);
  });
}

function summarize({ stage, emulator, docs }: Parts): void {
  const counts = emulator.counts();
  const polls = emulator.journal().filter((entry) => /\/operation(s|results)\//.test(entry.url)).length;
  stage.summary({
    resources: docs.length,
    'requests to ARM': `${Object.entries(counts)
      .map(([verb, count]) => `${verb} ${count}`)
      .join(', ')} (polls among the GETs: ${polls})`,
  });
}

async function keep({ stage, cluster, emulator, signal }: Parts): Promise<number> {
  console.log(
    `\nAll is left running. In another terminal:\n  export KUBECONFIG=${cluster.plane.kubeconfigPath}\n  ${cluster.plane.kubectl} get azure -n ${NAMESPACE}\n  curl ${emulator.adminUrl}/journal\nCtrl-C stops everything.`,
  );
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  stage.say('stopping');
  return 0;
}

await runTool(
  new Command('npm run demo --')
    .description('A small platform on real parts: a control plane, the emulator as Azure, and the operator.')
    .option('--keep', 'leave all running at the end, until Ctrl-C'),
  main,
);
