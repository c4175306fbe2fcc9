// A generated history: a group and a resource are created, edited, given exports and deleted, while the operator dies again and again
// at requests that chance chose; after each death it is started anew. At the end of each act the world must be as if nothing had
// happened: one resource for each object, with the last edit; none left over; no PUT for what was already noted as sent.

import { type Condition, readyOf } from '../../../src/reconcile/conditions.ts';
import { type Chance, chanceOf } from './chance.ts';
import { type Ground, membersOf } from './ground.ts';
import { type Azure, azureDoors, beginLife, type Life, type Moment, type Seen } from './life.ts';
import { exportName, GROUP, manifestOf, pathOf, SUBJECTS, type Subject, type Wish } from './subjects.ts';

const ACTS = ['create', 'update', 'export', 'delete'] as const;
type Act = (typeof ACTS)[number];

export interface Told {
  readonly deaths: number;
  /** Act, door, verb and how: which fault points this history met. */
  readonly met: readonly string[];
  readonly puts: number;
  /** Edits made while a chosen request was held. */
  readonly raced: number;
  readonly restartsSilent: number;
}

/** No act makes more requests than this before it is at rest. */
const MOST_REQUESTS = 16;
const MOST_MOMENTS = 3;
const SERVICE = 'serviceoperator.azure.com';

interface Play {
  readonly seed: number;
  readonly ground: Ground;
  readonly azure: Azure;
  readonly chance: Chance;
  readonly namespace: string;
  readonly subject: Subject;
  readonly lives: Life[];
  readonly met: string[];
  readonly edits: Map<Subject, number>;
  /** Resource version that the last apply left: an older state in the view says nothing. */
  readonly applied: Map<Subject, number>;
  readonly shareOfEdits: number;
  wish: Wish;
  plan: Planned[];
  applying: Promise<void>;
  /** Edits that are being applied at this moment. */
  editing: number;
  raced: number;
  deaths: number;
  silent: number;
}

interface Planned extends Omit<Moment, 'happens'> {
  readonly what: 'death' | 'edit';
}

/** Plays the history of a seed; throws with the seed and what happened when the world is not as it should be. */
export async function playHistory(ground: Ground, azure: Azure, seed: number, shareOfEdits: number): Promise<Told> {
  const chance = chanceOf(seed);
  const play: Play = {
    seed,
    ground,
    azure,
    chance,
    namespace: `h${seed}`,
    subject: chance.one(SUBJECTS),
    lives: [],
    met: [],
    edits: new Map(),
    applied: new Map(),
    shareOfEdits,
    wish: { edit: 1, exports: chance.isLess(0.3) },
    plan: [],
    applying: Promise.resolve(),
    editing: 0,
    raced: 0,
    deaths: 0,
    silent: 0,
  };
  try {
    await ground.namespace(play.namespace);
    begin(play);
    for (const act of ACTS) {
      await perform(play, act);
      judge(play, act);
      if (act !== 'delete' && play.wish.exports) await judgeExports(play);
      if (act !== 'delete' && chance.isLess(0.25)) await restartSilently(play);
    }
    return {
      deaths: play.deaths,
      met: play.met,
      raced: play.raced,
      puts: putsOf(play).length,
      restartsSilent: play.silent,
    };
  } catch (error) {
    throw new Error(tale(play, error), { cause: error });
  } finally {
    last(play).kill();
  }
}

function begin(play: Play): void {
  const { ground, namespace, azure } = play;
  play.lives.push(beginLife({ ground, namespace, azure }));
}

function last(play: Play): Life {
  const life = play.lives.at(-1);
  if (life === undefined) throw new Error('no life was begun');
  return life;
}

async function perform(play: Play, act: Act): Promise<void> {
  const { chance, wish } = play;
  play.plan = Array.from({ length: chance.below(MOST_MOMENTS + 1) }, () => ({
    at: chance.below(MOST_REQUESTS),
    how: chance.one(['before', 'after'] as const),
    what: act !== 'delete' && chance.isLess(play.shareOfEdits) ? 'edit' : 'death',
  }));
  setNext(play, act);
  if (act === 'delete') await remove(play);
  else {
    const subjects = act === 'create' ? [GROUP, play.subject] : [play.subject];
    const more = act === 'export' ? chance.below(2) : act === 'update' ? 1 : 0;
    // Some edits come while the one before is under way.
    for (let edit = act === 'update' ? chance.below(2) : 1; edit < 2; edit += 1)
      await wished(play, { edit: more, exports: act === 'export' || wish.exports }, subjects);
  }
  const isSettled = (): boolean => play.editing === 0 && settled(play, act);
  for (;;) {
    const life = last(play);
    await play.ground.when(
      () => life.isDead() || isSettled(),
      () => `act '${act}' to settle: ${situation(play)}`,
    );
    if (life.isDead()) buried(play, act);
    else {
      life.set(undefined);
      // An edit may have begun since it was looked at.
      if (isSettled()) return;
    }
  }
}

/** Sets what happens next to the present life. */
function setNext(play: Play, act: Act): void {
  const life = last(play);
  const next = play.plan.shift();
  if (next === undefined) return;
  const edit = async (): Promise<void> => {
    play.editing += 1;
    play.raced += 1;
    await wished(play, { edit: 1, exports: play.wish.exports }, [play.subject]);
    play.editing -= 1;
    setNext(play, act);
  };
  life.set({ at: next.at, how: next.how, ...(next.what === 'edit' ? { happens: edit } : {}) });
}

/** Notes how the life ended, and begins another. */
function buried(play: Play, act: Act): void {
  const life = last(play);
  const end = life.requests.at(-1);
  play.deaths += 1;
  play.met.push(end === undefined ? `${act} at the start` : `${act} ${end.door} ${end.verb}`);
  begin(play);
  setNext(play, act);
}

/** Changes the wish (`edit` says by how much) and applies it; one after another, so that the last wish is the last that is applied. */
function wished(play: Play, change: Wish, subjects: readonly Subject[]): Promise<void> {
  play.applying = play.applying.then(() => {
    play.wish = { edit: play.wish.edit + change.edit, exports: change.exports };
    return apply(play, subjects);
  });
  return play.applying;
}

async function apply(play: Play, subjects: readonly Subject[]): Promise<void> {
  const { ground, namespace, seed, chance, wish } = play;
  // A child may be applied before its owner.
  for (const one of chance.isLess(0.2) ? subjects.toReversed() : subjects) {
    const name = nameOf(play, one);
    play.edits.set(one, (play.edits.get(one) ?? 0) + 1);
    play.applied.set(one, await ground.applied(pathOf(one, namespace, name), manifestOf(one, name, seed, wish)));
  }
}

async function remove(play: Play): Promise<void> {
  const { ground, namespace, subject, chance } = play;
  for (const one of chance.isLess(0.5) ? [GROUP, subject] : [subject, GROUP])
    await ground.deleted(pathOf(one, namespace, nameOf(play, one)));
}

function nameOf(play: Play, subject: Subject): string {
  if (subject === GROUP) return `rg${play.seed}`;
  return subject.kind === 'PrivateDnsZone' ? `h${play.seed}.test` : `subject${play.seed}`;
}

function keyOf(play: Play, subject: Subject): string {
  return `${subject.plural}/${play.namespace}/${nameOf(play, subject)}`;
}

function settled(play: Play, act: Act): boolean {
  return [GROUP, play.subject].every((subject) => {
    const object = play.ground.object(keyOf(play, subject));
    if (act === 'delete') return object === undefined;
    const ready = readyOf(membersOf(object?.status));
    return (
      ready?.status === 'True' &&
      Number(object?.metadata.resourceVersion) >= (play.applied.get(subject) ?? 0) &&
      ready.observedGeneration === object?.metadata.generation &&
      object?.metadata.annotations?.[`${SERVICE}/poller-resume-token`] === undefined
    );
  });
}

/** The world after an act, held against what was wished for. */
function judge(play: Play, act: Act): void {
  const { ground, subject, wish } = play;
  const mine = `/resourcegroups/rg${play.seed}`;
  const there = ground.emulator
    .resources()
    .filter((id) => id.toLowerCase().endsWith(mine) || id.toLowerCase().includes(`${mine}/`));
  const wanted = act === 'delete' ? 0 : 2;
  if (there.length !== wanted)
    throw new Error(`after '${act}' Azure should have ${wanted} resources and has ${JSON.stringify(there)}`);
  if (act === 'delete') return;
  const id = there.find((one) => one.toLowerCase().includes(subject.armType.toLowerCase())) ?? '';
  const { tags } = membersOf(ground.emulator.resource(id));
  if (membersOf(tags).edit !== String(wish.edit))
    throw new Error(`after '${act}' ${id} should have edit ${wish.edit} and has tags ${JSON.stringify(tags)}`);
  for (const one of [GROUP, subject]) judgePuts(play, one);
}

/** The exports tell of the last edit. They come by other watches than the object, so the view may see them a little later. */
async function judgeExports(play: Play): Promise<void> {
  const { ground, namespace, subject, wish } = play;
  const to = exportName(subject, nameOf(play, subject));
  const out = (): unknown => membersOf(membersOf(ground.object(`configmaps/${namespace}/${to}`)).data).edit;
  const hasSecret = (): boolean =>
    subject.secret === undefined || ground.object(`secrets/${namespace}/${to}`) !== undefined;
  await ground.when(
    () => out() === String(wish.edit) && hasSecret(),
    () =>
      `exports to tell of edit ${wish.edit}; they tell of ${out()}, and the Secret is ${hasSecret() ? 'as it should be' : 'missing'}`,
  );
}

/** A PUT is needed for each edit, and once more for each death that came before the one before was noted on the object. */
function judgePuts(play: Play, subject: Subject): void {
  const accepted = putsOf(play, subject).filter((entry) => entry.status < 300).length;
  const edits = play.edits.get(subject) ?? 0;
  const excused = play.lives.filter((life) => life.isDead() && wasCutShort(play, subject, life.requests)).length;
  if (accepted > edits + excused)
    throw new Error(
      `${subject.kind} was PUT ${accepted} times for ${edits} edits and ${excused} deaths before a PUT was noted`,
    );
}

function putsOf(play: Play, subject?: Subject): readonly { readonly status: number; readonly url: string }[] {
  const mine = new RegExp(`/resourcegroups/rg${play.seed}${subject === GROUP ? '\\?' : '[/?]'}`, 'i');
  return play.ground.emulator
    .journal()
    .filter(
      (entry) =>
        entry.method === 'PUT' &&
        mine.test(entry.url) &&
        (subject === undefined || subject === GROUP || entry.url.includes(subject.armType)),
    );
}

/** A PUT left in this life, and nothing that tells of it was stored. */
function wasCutShort(play: Play, subject: Subject, requests: readonly Seen[]): boolean {
  const isPut = (seen: Seen): boolean =>
    seen.door === 'arm' &&
    seen.verb === 'PUT' &&
    (subject === GROUP ? seen.path.endsWith(`/rg${play.seed}`) : seen.path.includes(subject.armType));
  const at = requests.findLastIndex(isPut);
  if (at < 0) return false;
  const object = `/${subject.plural}/${nameOf(play, subject)}`;
  return !requests.slice(at).some((seen) => {
    if (seen.door !== 'kube' || seen.verb !== 'PATCH' || !seen.path.includes(object)) return false;
    if (seen.status === undefined || seen.status === 0 || seen.status >= 300) return false;
    return seen.path.endsWith('/status') || JSON.stringify(seen.body).includes('poller-resume-token":"');
  });
}

/** All is Ready: a restart asks Azure nothing at all. */
async function restartSilently(play: Play): Promise<void> {
  const { ground } = play;
  last(play).kill();
  begin(play);
  const life = last(play);
  await ground.when(
    () => life.passes() >= 2,
    () => `a restarted operator to look at both objects: ${situation(play)}`,
  );
  const asked = life.requests.filter((seen) => seen.door === 'arm' || seen.verb !== 'GET');
  if (asked.length > 0) throw new Error(`a restart with all Ready was not silent: ${JSON.stringify(asked)}`);
  play.silent += 1;
}

function situation(play: Play): string {
  return JSON.stringify(
    [GROUP, play.subject].map((subject) => {
      const object = play.ground.object(keyOf(play, subject));
      const ready: Condition | undefined = readyOf(membersOf(object?.status));
      return `${subject.kind}: ${object === undefined ? 'not there' : `${ready?.status} ${ready?.reason} ${ready?.message}, generation ${object.metadata.generation}, observed ${ready?.observedGeneration}`}`;
    }),
  );
}

/** What the failure message says: the seed, how to play it again, and all lives. */
function tale(play: Play, error: unknown): string {
  const lives = play.lives.map(
    (life, index) =>
      `life ${index + 1}${life.isDead() ? ' (died)' : ''}:\n${life.requests
        .map((seen) => `  ${seen.door} ${seen.verb} ${seen.path} ${seen.status ?? '…'}`)
        .join('\n')}\n${life.log()}`,
  );
  return `history of seed ${play.seed} (${play.subject.kind}; replay with SEED=${play.seed}): ${error instanceof Error ? error.message : error}\n${lives.join('\n')}`;
}

/** Plays histories side by side; gives what each told, and throws the first failure once the others have ended. */
export async function playHistories(
  ground: Ground,
  run: {
    /** Of what happens at chosen requests, the share that is an edit of the object rather than a death; absent: none. */
    readonly shareOfEdits?: number;
    readonly seeds: readonly number[];
    readonly abreast: number;
    readonly say: (line: string) => void;
  },
): Promise<readonly Told[]> {
  const rest = [...run.seeds];
  const azure = azureDoors();
  const told: Told[] = [];
  const failures: unknown[] = [];
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: run.abreast }, async () => {
      for (let seed = rest.shift(); seed !== undefined && failures.length < 5; seed = rest.shift()) {
        await playHistory(ground, azure, seed, run.shareOfEdits ?? 0).then(
          (one) => told.push(one),
          (error: unknown) => failures.push(error),
        );
        if (told.length % 50 === 0)
          run.say(
            `${told.length} of ${run.seeds.length} histories, ${told.reduce((sum, one) => sum + one.deaths, 0)} deaths, ${Math.round((performance.now() - begun) / 1000)} s`,
          );
      }
    }),
  );
  if (failures.length > 0)
    throw failures.length === 1
      ? failures[0]
      : new AggregateError(
          failures,
          failures.map((failure) => (failure instanceof Error ? failure.message : String(failure))).join('\n\n'),
        );
  return told;
}
