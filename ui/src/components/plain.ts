/** Text that others wrote, made safe to look at. */

/** Control, bidi and invisible format characters: they can make a text read as something else. */
const TRICKS =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]/gu;

/** Without tricks, and at most `max` characters, cut at the end. */
export function plain(text: string, max = 200): string {
  const clean = strip(text);
  return clean.length <= max ? clean : `${clean.slice(0, max - 1)}…`;
}

/** Without tricks, and at most `max` characters, cut in the middle: both ends of a path matter. */
export function plainPath(path: string, max = 160): string {
  const clean = strip(path);
  if (clean.length <= max) return clean;
  const head = Math.floor(max / 3);
  return `${clean.slice(0, head)}…${clean.slice(head - max + 1)}`;
}

/** A line of a protocol: its spaces count. */
export function plainLine(line: string, max = 600): string {
  const clean = line.replace(TRICKS, ' ');
  return clean.length <= max ? clean : `${clean.slice(0, max - 1)}…`;
}

function strip(text: string): string {
  return text.replace(TRICKS, ' ').replace(/ {2,}/g, ' ').trim();
}

/** The file that says most about a program: its script, else the file that runs. */
export function programFile(evidence: { file: string; script: string | null }): string {
  return evidence.script ?? evidence.file;
}
