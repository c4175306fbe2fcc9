// Globs as --crd-pattern knows them: '*' any characters, '?' one character, without regard to case.

/** True when the pattern has a wildcard; otherwise it is a literal. */
export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** Whether the whole text matches; '*' matches '/' too. */
export function matchesGlob(pattern: string, text: string): boolean {
  return wildcards(pattern.toLowerCase(), text.toLowerCase());
}

/** Linear in practice and never exponential: on a mismatch only the last '*' takes one more character. */
function wildcards(pattern: string, text: string): boolean {
  let [p, t, star, taken] = [0, 0, -1, 0];
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star !== -1) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
