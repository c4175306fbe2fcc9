// Which seeds a run plays. SEED=n plays that one again; HISTORIES=n plays so many; FIRST=n begins elsewhere than at 1.

export function seedsOf(count: number): readonly number[] {
  const { SEED, HISTORIES, FIRST } = process.env;
  if (SEED !== undefined) return [whole('SEED', SEED)];
  const first = FIRST === undefined ? 1 : whole('FIRST', FIRST);
  return Array.from(
    { length: HISTORIES === undefined ? count : whole('HISTORIES', HISTORIES) },
    (_, index) => first + index,
  );
}

function whole(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new Error(`${name} is '${text}'; it must be a whole number`);
  return number;
}
