// Edits, deaths and lost answers that race with passes, at every request and with a clock moved by hand: the real pass between two scripted
// doors, an object in a variable and an Azure of one resource. Whatever the interleaving, the last edit is what Azure has in the end.
// (The same on a real API server: test/long/races.test.ts.)

import fc from 'fast-check';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { ArmError } from '../../../src/arm/client.ts';
import type { ArmAnswer, ArmRequest } from '../../../src/arm/request.ts';
import { pass } from '../../../src/controllers/pass.ts';
import type { Doors } from '../../../src/controllers/perform.ts';
import type { KubeAnswer, KubeObject, KubeRequest } from '../../../src/kube/types.ts';
import type { Again } from '../../../src/reconcile/action.ts';
import { readyOf } from '../../../src/reconcile/conditions.ts';
import { isObject, type Json, type JsonObject } from '../../../src/values/json.ts';
import { mergePatch } from '../../../src/values/merge-patch.ts';
import { ACCOUNT_ID, fresh, NOW, observed } from '../../support/observed.ts';

/** What happens at one request of a pass. */
interface Hazard {
  readonly at: number;
  readonly when: 'before' | 'after';
  readonly what: 'edit' | 'death' | 'lost answer';
}

interface Story {
  readonly isAsync: boolean;
  /** For each pass: its hazard, and how long after the one before it begins. */
  readonly passes: readonly { readonly hazard: Hazard; readonly afterMs: number }[];
}

const OPERATION_MS = 5_000;
const POLL = 'https://arm.example/providers/operations/poll';
const NEVER = new AbortController().signal;
const silent = pino({ level: 'silent' });

interface World {
  object: JsonObject;
  now: number;
  edits: number;
  puts: number;
  /** A PUT was sent and nothing on the object tells of it yet. */
  isUnnoted: boolean;
  /** PUTs of which a pass left no note: they must be sent again. */
  excused: number;
  azure: Json | undefined;
  operation: { readonly body: Json; readonly endsAt: number } | undefined;
}

function edit(world: World): void {
  world.edits += 1;
  const metadata = world.object.metadata as JsonObject;
  touch(world, mergePatch(world.object, { spec: { accessTier: `tier ${world.edits}` } }) as JsonObject);
  world.object = mergePatch(world.object, { metadata: { generation: Number(metadata.generation) + 1 } }) as JsonObject;
}

function touch(world: World, object: JsonObject): void {
  const version = Number((world.object.metadata as JsonObject).resourceVersion) + 1;
  world.object = mergePatch(object, { metadata: { resourceVersion: String(version) } }) as JsonObject;
}

function kubeOf(world: World, request: KubeRequest): KubeAnswer {
  // Bodies of patches are JSON.
  const body = request.body as Json;
  if (Array.isArray(body)) touch(world, { ...world.object, status: (body[1] as JsonObject).value as Json });
  else if (isObject(body)) {
    const wanted = isObject(body.metadata) ? body.metadata.resourceVersion : undefined;
    if (wanted !== undefined && wanted !== (world.object.metadata as JsonObject).resourceVersion)
      return { status: 409, body: {} };
    touch(world, mergePatch(world.object, body) as JsonObject);
  }
  if (/"goal":"[0-9a-f]{64}"|poller-resume-token":"/.test(JSON.stringify(body))) world.isUnnoted = false;
  return { status: 200, body: world.object };
}

function armOf(world: World, isAsync: boolean, request: ArmRequest): ArmAnswer {
  const { operation } = world;
  if (operation !== undefined && operation.endsAt <= world.now) {
    world.azure = operation.body;
    world.operation = undefined;
  }
  if (request.url === POLL)
    return { status: world.operation === undefined ? 200 : 202, headers: { location: POLL }, body: undefined };
  if (request.verb === 'GET')
    return world.azure === undefined
      ? { status: 404, headers: {}, body: undefined }
      : { status: 200, headers: {}, body: { id: ACCOUNT_ID, name: 'acc' } };
  world.puts += 1;
  world.isUnnoted = true;
  // No secret is in it.
  const body = request.body as Json;
  if (!isAsync) world.azure = body;
  else world.operation = { body, endsAt: world.now + OPERATION_MS };
  return isAsync
    ? { status: 202, headers: { location: POLL }, body: undefined }
    : { status: 200, headers: {}, body: { id: ACCOUNT_ID } };
}

/** One pass; gives when to look again, or undefined when it was cut short. */
async function play(world: World, isAsync: boolean, hazard: Hazard | undefined): Promise<Again | undefined> {
  let count = 0;
  let isDead = false;
  const guarded = async <T>(isArm: boolean, send: () => T): Promise<T> => {
    if (isDead) throw new Error('dead');
    const mine = hazard !== undefined && count === hazard.at ? hazard : undefined;
    count += 1;
    const happen = (): void => {
      if (mine?.what === 'edit') edit(world);
      if (mine?.what === 'death') isDead = true;
      if (isDead) throw new Error('dead');
    };
    if (mine?.when === 'before') happen();
    const answer = send();
    if (mine?.what === 'lost answer')
      throw isArm ? new ArmError('lost', 'socket hang up') : new Error('socket hang up');
    if (mine?.when === 'after') happen();
    return answer;
  };
  const doors: Doors = {
    kube: (request) => guarded(false, () => kubeOf(world, request)),
    arm: (request) => guarded(true, () => armOf(world, isAsync, request)),
    tokens: () => ({ getToken: () => Promise.resolve(null) }),
    backends: () => Promise.reject(new Error('no backend')),
  };
  const begun = observed({ object: world.object as unknown as KubeObject, now: world.now });
  const end = pass(
    { doors, log: silent, onClaim: () => () => undefined, onWritten: () => undefined, onRelease: () => undefined },
    begun,
    NEVER,
  ).then(
    (end) => end.again,
    () => undefined,
  );
  const again = await end;
  if (world.isUnnoted) world.excused += 1;
  world.isUnnoted = false;
  return again;
}

const tierOf = (body: Json | undefined): Json | undefined =>
  isObject(body) && isObject(body.properties) ? body.properties.accessTier : undefined;

/** Plays the story, then passes without hazards until nothing is left to do. */
async function told(story: Story): Promise<World> {
  const world: World = {
    object: fresh() as unknown as JsonObject,
    now: NOW,
    edits: 0,
    puts: 0,
    isUnnoted: false,
    excused: 0,
    azure: undefined,
    operation: undefined,
  };
  edit(world);
  for (const { hazard, afterMs } of story.passes) {
    world.now += afterMs;
    await play(world, story.isAsync, hazard);
  }
  for (let quiet = 0; quiet < 12; quiet += 1) {
    world.now += OPERATION_MS;
    await play(world, story.isAsync, undefined);
  }
  return world;
}

const stories: fc.Arbitrary<Story> = fc.record({
  isAsync: fc.boolean(),
  passes: fc.array(
    fc.record({
      hazard: fc.record({
        at: fc.nat({ max: 5 }),
        when: fc.constantFrom('before' as const, 'after' as const),
        what: fc.constantFrom('edit' as const, 'edit' as const, 'death' as const, 'lost answer' as const),
      }),
      afterMs: fc.constantFrom(0, 1_000, OPERATION_MS, 3 * OPERATION_MS),
    }),
    { maxLength: 12 },
  ),
});

it('the last edit wins in Azure, the object is Ready for it, and no operation is left noted', async () => {
  await fc.assert(
    fc.asyncProperty(stories, async (story) => {
      const world = await told(story);
      expect(tierOf(world.azure)).toBe(`tier ${world.edits}`);
      const metadata = world.object.metadata as JsonObject;
      const ready = readyOf(isObject(world.object.status) ? world.object.status : undefined);
      expect(ready).toMatchObject({ status: 'True', observedGeneration: metadata.generation });
      expect(JSON.stringify(metadata.annotations)).not.toContain('poller-resume');
      // One PUT for each edit; more only for those of which no note was left.
      expect(world.puts).toBeLessThanOrEqual(world.edits + world.excused);
      const { puts } = world;
      world.now += 60_000;
      expect(await play(world, story.isAsync, { at: 0, when: 'before', what: 'death' })).toMatchObject({
        kind: 'after',
      });
      expect(world.puts).toBe(puts);
    }),
    { numRuns: 400 },
  );
});
