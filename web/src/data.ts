// What the data routes answer (docs/pages.md).
export interface SetFacts {
  id: string;
  title: string;
  kind: string;
  private?: boolean;
  gated?: boolean | string;
  modified?: string | null;
}
export interface Split {
  name: string;
  files: number;
  bytes: number;
  formats: string[];
}
export interface Config {
  name: string;
  splits: Split[];
}
export interface Version {
  commit: string;
  title: string;
  refs: string[];
}
/** A branch or a tag. */
export interface Ref {
  name: string;
  kind: string;
  commit: string;
}
export interface SetDetail {
  id: string;
  title: string;
  kind: string;
  revision: string;
  card: string;
  configs: Config[];
  refs?: Ref[];
  versions: Version[];
  manifest: import('./jobs').Manifest | null;
  asked: import('./jobs').Asked[];
  clusters: string[];
  rejects: string[];
  problems?: string[];
}
export type Cell = null | boolean | number | string | Cell[] | {[name: string]: Cell};
export interface Column {
  name: string;
  type: string;
  feature: unknown;
  shape: string;
}
export interface Row {
  row: number;
  cells: Cell[];
}
export interface Rows {
  columns: Column[];
  rows_total: number | null;
  bad_rows?: number;
  offset: number;
  rows: Row[];
}
/** Which rows: as every data route wants it in its query. */
export interface Place {
  [name: string]: string | undefined;
  set: string;
  revision?: string;
  config?: string;
  split?: string;
}

/** The config and split that the address names, else the first. */
export function placeOf(set: SetDetail, query: Record<string, string>): Place {
  const config = set.configs.find((one) => one.name === query.config) ?? set.configs[0];
  const split = config?.splits.find((one) => one.name === query.split) ?? config?.splits.find((one) => one.name === 'train') ?? config?.splits[0];
  return {set: set.id, revision: query.revision, config: config?.name, split: split?.name};
}

/** Names of a ClassLabel, or nothing. */
export function classNames(column: Column): string[] | null {
  let feature = column.feature;
  if (typeof feature === 'string') {
    try {
      feature = JSON.parse(feature) as unknown;
    } catch {
      return null;
    }
  }
  const names = (feature as {names?: unknown} | null)?.names;
  return Array.isArray(names) ? names.map(String) : null;
}

export interface Special {
  kind: 'cut' | 'binary' | 'invalid' | 'number' | 'deep';
  text: string;
  bytes: number;
}

/** A cell that stands for what JSON has not, or not so short: of exactly the fields that docs/pages.md names. All other objects are data. */
export function specialOf(cell: Cell | undefined): Special | null {
  if (cell === null || typeof cell !== 'object' || Array.isArray(cell)) return null;
  const names = Object.keys(cell);
  for (const kind of ['cut', 'binary', 'invalid', 'number', 'deep'] as const) {
    const text = cell['$' + kind], size = cell.bytes;
    if (typeof text !== 'string') continue;
    if (kind === 'number') return names.length === 1 ? {kind, text, bytes: text.length} : null;
    return names.length === 2 && typeof size === 'number' ? {kind, text, bytes: size} : null;
  }
  return null;
}

/** A cell as one text, for comparing and copying. */
export function textOf(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'string') return cell;
  return specialOf(cell)?.text ?? (typeof cell === 'object' ? JSON.stringify(cell, null, 1) : String(cell));
}

/** Two cells as texts that are equal only where the cells are: null is not the text "null", 1 not "1". */
export function textsOf(a: Cell | undefined, b: Cell | undefined): [string, string] {
  const texts: [string, string] = [textOf(a), textOf(b)];
  const json = [JSON.stringify(a) ?? '', JSON.stringify(b) ?? ''];
  return texts[0] === texts[1] && json[0] !== json[1] ? [json[0], json[1]] : texts;
}

export const same = (a: Cell | undefined, b: Cell | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);
