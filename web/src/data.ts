// What the data routes answer (docs/pages.md).
import type {Special} from './special';

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
/** `Special` after cellOf() or parseWhole(); an answer of the server has plain JSON. */
export type Cell = null | boolean | number | string | Special | Cell[] | {[name: string]: Cell};
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
  first_bad_row?: string;
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
