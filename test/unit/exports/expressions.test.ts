import { describe, expect, it } from 'vitest';
import { evaluate, evaluateText, secretsIn } from '../../../src/exports/expressions.ts';

const scope = {
  self: {
    metadata: { name: 'foo', namespace: 'ns', labels: { app: 'web' } },
    spec: {
      n: 5,
      half: 0.5,
      tags: { a: 'x', b: 'y' },
      list: ['p', 'q'],
      mixed: [1, 'a'],
      'odata-x': 1,
      in: 'word',
      'a.b/c': 'dots',
    },
    status: {
      id: '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/sa/blobServices/default',
    },
  },
  secret: { key1: 's3cr3t' },
};

/** Takes long, and little text. */
const AGAIN = '[1, 2, 3, 4, 5, 6, 7, 8, 9].exists(x, [1, 2, 3, 4].exists(y, ';
const SLOW = `${AGAIN}'a'${".replace('a', 'aaaaaaaaaa')".repeat(4)}.matches('(a?){300}a{300}[^a]'))) ? 'y' : 'n'`;

interface Row {
  readonly expression: string;
  readonly gives: string | Readonly<Record<string, string>>;
  readonly because: string;
}

const ROWS: readonly Row[] = [
  {
    expression: "self.metadata.namespace + '/' + self.metadata.name",
    gives: 'ns/foo',
    because: 'self is the whole object',
  },
  { expression: 'string(self.spec.n)', gives: '5', because: 'a whole JSON number is an int' },
  { expression: "self.spec.n < 5.5 ? 'lt' : 'ge'", gives: 'lt', because: 'numbers compare across types' },
  { expression: 'self.spec.tags', gives: { a: 'x', b: 'y' }, because: 'a map of strings is a result' },
  {
    expression: "{'url': 'https://' + self.metadata.name, 'key': secret.key1}",
    gives: { url: 'https://foo', key: 's3cr3t' },
    because: 'a map can be built',
  },
  { expression: "self.spec.list.map(x, x + '!').join(',')", gives: 'p!,q!', because: 'standard macros' },
  { expression: "self.spec.list.exists(x, x == 'p') ? 'y' : 'n'", gives: 'y', because: 'standard macros' },
  { expression: "has(self.spec.nope) ? 'y' : 'n'", gives: 'n', because: 'has() of an absent member' },
  { expression: "self.metadata.name.charAt(0) + 'abc'.reverse()", gives: 'fcba', because: 'strings library' },
  {
    expression: "'a-b-c'.replace('-', '_', 1) + 'a-b'.replace('-', '$&')",
    gives: 'a_b-ca$&b',
    because: 'strings library; a replacement is no pattern',
  },
  {
    expression: "'a,b,c'.split(',', 2)[1] + 'a,b'.split(',')[1] + 'a,b'.split(',', -1)[1]",
    gives: 'b,cbb',
    because: 'strings library',
  },
  {
    expression: "[2, 5, 3, 5, -1].map(i, string(i)).join('') + ('abcab'.contains('ca') ? '!' : '')",
    gives: '2535-1!',
    because: 'strings library',
  },
  {
    expression:
      "string('abab'.indexOf('b')) + string('abab'.indexOf('b', 2)) + string('abab'.lastIndexOf('a')) + string('abab'.lastIndexOf('a', 1))",
    gives: '1320',
    because: 'strings library',
  },
  { expression: "strings.quote('a\"b')", gives: '"a\\"b"', because: 'strings library' },
  {
    expression:
      "'%s-%d %.2f %x %X %b %o %e %%'.format([self.metadata.name, self.spec.n, 3.14159, 255, 255, 5, 8, 12345.678])",
    gives: 'foo-5 3.14 ff FF 101 10 1.234568e+04 %',
    because: 'format',
  },
  {
    expression: "'%s %s %s'.format([[1, 'a'], {'k': 1.5}, true])",
    gives: '[1, a] {k: 1.5} true',
    because: 'format of collections',
  },
  {
    expression: "'ABC'.matches('(?i)^[[:alpha:]]+$') && matches('abc', 'b') ? 'y' : 'n'",
    gives: 'y',
    because: "patterns are RE2's",
  },
  {
    expression: "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('^(a+)+$') ? 'y' : 'n'",
    gives: 'n',
    because: 'no pattern takes more time than text and pattern are long',
  },
  { expression: "self.?spec.?nope.orValue('default')", gives: 'default', because: 'optional types' },
  { expression: "self.?spec.?tags.optMap(t, t.a).orValue('')", gives: 'x', because: 'optional types' },
  { expression: "optional.ofNonZeroValue('').orValue('empty')", gives: 'empty', because: 'optional types' },
  {
    expression:
      "self.spec.tags.all(k, v, v != '') && self.spec.tags.exists(k, v, v == 'x') && self.spec.tags.existsOne(k, v, k == 'a') ? 'y' : 'n'",
    gives: 'y',
    because: 'two variables',
  },
  {
    expression: "self.spec.list.transformList(i, v, string(i) + v).join(',')",
    gives: '0p,1q',
    because: 'two variables over a list',
  },
  {
    expression: "self.spec.tags.transformMap(k, v, k == 'a', v + '1')",
    gives: { a: 'x1' },
    because: 'two variables with a filter',
  },
  { expression: 'self.spec.tags.transformMapEntry(k, v, {v: k})', gives: { x: 'a', y: 'b' }, because: 'two variables' },
  {
    expression: "self.spec.tags.transformList(k, v, self.spec.list.transformList(i, w, v + w).join('')).join(',')",
    gives: 'xpxq,ypyq',
    because: 'comprehensions nest',
  },
  { expression: 'self.spec.mixed[1]', gives: 'a', because: 'lists may be mixed' },
  {
    expression: "self.spec.odata__dash__x == 1 ? self.spec.a__dot__b__slash__c + self.spec.__in__ : ''",
    gives: 'dotsword',
    because: 'names that CEL cannot spell are escaped',
  },
  {
    expression: 'aso.parseResourceId(self.status.id).resourceGroupName',
    gives: 'rg',
    because: "the operator's own function",
  },
  {
    expression:
      "aso.parseResourceId(self.status.id).parent.resourceType.type + ' ' + aso.parseResourceId(self.status.id).parent.name",
    gives: 'storageAccounts sa',
    because: 'a parent is an id too',
  },
  {
    expression: "string(duration('90s')) + string(timestamp('2024-01-02T03:04:05Z'))",
    gives: '90s2024-01-02T03:04:05Z',
    because: 'times become text',
  },
  { expression: "self.spec.tags.map(k, k).join(',')", gives: 'a,b', because: 'escaped names do not show in loops' },
];

describe('expressions', () => {
  it.each(ROWS)('$expression: $because', ({ expression, gives }) => {
    expect(evaluate(expression, scope)).toEqual({ ok: true, value: gives });
  });

  it.each([
    { expression: '1', why: 'must give a string or a map of strings, but gave int' },
    { expression: "['a']", why: 'but gave list' },
    { expression: "{'a': 1}", why: 'holds something else' },
    { expression: 'null', why: 'but gave null' },
    { expression: "''", why: 'empty text' },
    { expression: '{}', why: 'empty map' },
    { expression: 'self.nope', why: "there is no 'nope'" },
    { expression: 'self.spec.', why: 'Expected IDENTIFIER' },
    { expression: 'other.name', why: 'Unknown variable: other' },
    { expression: "aso.parseResourceId('x').name", why: 'not an ARM id' },
    { expression: "'%d'.format(['x'])", why: 'whole number' },
    { expression: "'a'.matches('(a') ? 'y' : 'n'", why: 'missing closing )' },
    { expression: "5.matches('a') ? 'y' : 'n'", why: 'matches wants two strings' },
    { expression: "['a'].contains('a') ? 'y' : 'n'", why: 'a text can be searched' },
    { expression: "string('a'.indexOf('a', 2))", why: 'index 2 is outside' },
    { expression: SLOW, why: 'more than 1000 ms' },
  ])('$expression fails and says why', ({ expression, why }) => {
    const result = evaluate(expression, scope);
    expect(result).toMatchObject({ ok: false });
    expect(result.ok ? '' : result.why).toContain(why);
  });

  it.each([
    'int(secret.key1) == 1 ? "a" : "b"',
    'self.spec.tags[secret.key1]',
    '{"a": "b"}[secret.key1]',
    'timestamp(secret.key1) == timestamp(secret.key1) ? "a" : "b"',
  ])('%s fails without telling the secret', (expression) => {
    const result = evaluate(expression, scope);
    expect(result.ok).toBe(false);
    expect(JSON.stringify(result)).not.toContain('s3cr3t');
  });

  it('a label may be empty, and must be a string', () => {
    expect(evaluateText("''", scope)).toEqual({ ok: true, value: '' });
    expect(evaluateText('self.spec.tags', scope)).toMatchObject({ ok: false });
  });
});

describe('a hostile expression ends before it holds anybody up', () => {
  const many = Array.from({ length: 1000 }, (_, index) => `item ${index}`);
  const wide = { ...scope, self: { ...scope.self, many } };
  const grown = `'a'${".replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')".repeat(5)}`;
  const half = `'a'${".replace('a', 'aaaaaaaaaa')".repeat(5)}`;
  const TOO_MUCH = 'it takes more than 2000000 steps and characters';
  const rows: readonly (readonly [because: string, expression: string, why: string])[] = [
    ['texts that grow by replacing', grown, TOO_MUCH],
    ['texts that grow by replacing nothing', `${grown.replaceAll("'a',", "'',")}`, TOO_MUCH],
    ['texts that double', `['a']${'.map(x, x + x + x + x + x + x + x + x)'.repeat(9)}[0]`, TOO_MUCH],
    ['lists that double', `[self.many]${'.map(x, x + x + x + x + x + x + x + x)'.repeat(5)}[0][0]`, TOO_MUCH],
    ['a long separator', "self.many.map(x, self.many.join(self.many.join(','))).join('')", TOO_MUCH],
    ['one list many times in a list', "self.many.map(x, self.many).size() > 1 ? 'a' : 'b'", TOO_MUCH],
    ['the whole object many times in a format', "'%s'.format([self.many.map(x, self), self.many.map(x, self)])", ''],
    ['loops in loops', 'self.many.map(x, self.many.map(y, self.many.map(z, z)))[0][0][0]', TOO_MUCH],
    [
      'loops of two variables in loops',
      'self.many.transformMap(i, v, self.many.transformList(j, w, self.many.all(k, u, k >= 0)))[0]',
      TOO_MUCH,
    ],
    ['a search that compares all with all', `string(${half}.lastIndexOf(${half}.substring(9) + 'b'))`, TOO_MUCH],
    ['a split at what is nearly everywhere', `${half}.split(${half}.substring(9) + 'b')[0]`, TOO_MUCH],
    ['a replacement of what is nearly everywhere', `${half}.replace(${half}.substring(9) + 'b', 'c')`, TOO_MUCH],
    ['what an or swallows comes again', `(${grown} == 'a' || true) ? 'a' : 'b'`, TOO_MUCH],
    ['a deep nest of brackets', `${'('.repeat(100_000)}1${')'.repeat(100_000)}`, 'maxDepth'],
    ['a deep nest of negations', `${'!'.repeat(100_000)}true`, 'call stack'],
    ['a long sum', Array.from({ length: 50_000 }, () => 'secret.key1').join('+'), ''],
  ];
  it.each(rows)('%s', (_because, expression, why) => {
    let result = evaluate(expression, wide);
    // On a starved machine the clock may end it before the count does.
    for (let again = 0; again < 5 && !result.ok && result.why.includes('it ran for'); again += 1)
      result = evaluate(expression, wide);
    expect(result).toMatchObject({ ok: false, why: expect.stringContaining(why) });
    expect(JSON.stringify(result).length).toBeLessThan(600);
    expect(() => secretsIn(expression)).not.toThrow();
  });

  it('an ordinary one is not near the end', () => {
    const kubeconfig = 'x'.repeat(50_000);
    const expression = "secret.kubeconfig.replace('x', 'y').split('').join('').lowerAscii()";
    expect(evaluate(expression, { ...scope, secret: { kubeconfig } })).toMatchObject({ ok: true });
  });
});

describe('the secrets an expression needs', () => {
  it.each([
    { expression: "secret.a + secret['b'] + (has(secret.c) ? secret.c : '')", names: ['a', 'b', 'c'] },
    { expression: 'self.spec.list.map(x, x + secret.d)', names: ['d'] },
    { expression: 'self.spec.tags.all(k, v, secret.e == v)', names: ['e'] },
    { expression: "secret.?f.orValue('')", names: ['f'] },
    { expression: "{'key': secret.g}", names: ['g'] },
    { expression: "'secret.h'", names: [] },
    { expression: 'self.secret.i', names: [] },
    { expression: 'secret.', names: [] },
  ])('$expression', ({ expression, names }) => {
    expect(secretsIn(expression)).toEqual(names);
  });
});
