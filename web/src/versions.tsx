// Versions of a data set, and what changed between two of them: columns, rows, and how far the values drifted.
import {useEffect, useState} from 'preact/hooks';
import {useJson} from './api';
import {Tree} from './cell';
import {PairOf} from './clusters';
import {ColumnChooser, namesOf} from './columns';
import type {Cell, Place, Rows, SetDetail, Version} from './data';
import {count, number, time, words} from './format';
import {Empty, ErrorBox, Facts, Loading, Wide} from './parts';
import {changeQuery} from './route';
import {useScan} from './scan';
import {ScanBar} from './search';
import {cellOf, same, textsOf} from './special';
import {visible} from './visible';

type Query = Record<string, string>;

export function Versions({set, place, query}: {set: SetDetail; place: Place; query: Query}) {
  const versions = set.versions;
  if (versions.length === 0) return <Empty>There is one version of this.</Empty>;
  const here = set.kind === 'run' ? set.id.slice(4) : set.revision;
  const listed = versions.some((one) => one.commit === here);
  const from = query.from ?? '';
  const named = versions.some((one) => one.refs.length > 0);
  return (
    <section>
      <Wide label="Versions" class="some">
        <table class="list">
          <thead><tr><th scope="col">Version</th><th scope="col">What</th>{named && <th scope="col">Names</th>}<td /></tr></thead>
          <tbody>{!listed && here !== '' && (
            <tr><th scope="row" class="mono">{here.slice(0, 8)}</th><td class="data" dir="auto">{query.revision === here ? '' : query.revision}</td>{named && <td />}
              <td><small>{set.kind === 'run' ? 'shown now' : 'shown now: not on main, or older than these'}</small></td></tr>
          )}
          {versions.map((version) => (
            <tr key={version.commit} class={version.commit === from ? 'open' : ''}>
              <th scope="row" class="mono">{version.commit.slice(0, 8)}</th>
              <td class="data" dir="auto">{titleOf(version)}</td>{named && <td class="data" dir="auto">{version.refs.join(', ')}</td>}
              <td>{version.commit === here ? <small>shown now</small>
                : <button type="button" aria-label={`Compare with ${version.commit.slice(0, 8)}`} onClick={() => changeQuery({from: version.commit})}>Compare</button>}</td>
            </tr>
          ))}</tbody>
        </table>
      </Wide>
      {from && from !== here && <Comparison key={from} set={set} place={place} from={from} here={here} version={versions.find((one) => one.commit === from)} sortKey={query.key} />}
    </section>
  );
}

/** The versions of a run are other runs: their title is the time. */
const titleOf = (version: Version): string => (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(version.title) ? time(version.title) : version.title);

function Comparison({set, place, from, here, version, sortKey}:
    {set: SetDetail; place: Place; from: string; here: string; version?: Version; sortKey?: string}) {
  const sides = set.kind === 'run' ? {set: `run/${from}`, other: set.id} : {set: set.id, from, to: here};
  const scan = useScan<Diff>('/api/v1/data/diff', {config: place.config, split: place.split, key: sortKey, ...sides});
  return (
    <section aria-label="What changed">
      <h2>From <span class="mono">{from.slice(0, 8)}</span> <small dir="auto">{version && titleOf(version)}</small> to <span class="mono">{here.slice(0, 8)}</span></h2>
      <KeyForm place={place} sortKey={sortKey} />
      <ScanBar scan={scan} what="Comparing" />
      {scan.error && <ErrorBox error={scan.error} retry={scan.start} />}
      {scan.stopped && <p class="notice quiet" role="status">Cancelled. <button type="button" onClick={scan.start}>Compare again</button></p>}
      {!scan.end && scan.running && scan.rows === 0 && <Loading what="Comparing" />}
      {scan.end && <Changes diff={scan.end} />}
    </section>
  );
}

/** The columns that tell which rows are the same; none: rows are compared whole. */
function KeyForm({place, sortKey}: {place: Place; sortKey?: string}) {
  const header = useJson<Rows>('/api/v1/data/rows', {...place, offset: 0, length: 1});
  const [names, setNames] = useState(() => namesOf(sortKey));
  useEffect(() => setNames(namesOf(sortKey)), [sortKey]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    changeQuery({key: names.length ? JSON.stringify(names) : undefined});
  };
  const title = names.length === 0 ? 'all columns' : names.map((name) => <><span class="class" dir="auto" key={name}>{visible(name)}</span> </>);
  return (
    <form class="filters" onSubmit={submit}>
      <span>Rows are the same where these columns are equal:</span>
      <ColumnChooser all={header.data?.columns ?? []} names={names} title={title} choose={setNames} />
      <button type="submit">Compare</button>
      {header.error && <p class="wrong">{header.error.message}</p>}
    </form>
  );
}

type Fields = Record<string, Cell>;
interface Named {
  name: string;
  type?: string;
  type_now?: string;
  rows?: number;
}
interface Sample {
  row_before: number | null;
  row_now: number | null;
  columns?: string[];
  before?: Fields;
  now?: Fields;
}
interface DriftColumn {
  [measure: string]: unknown;
  column_name: string;
  column_type: string | null;
  presence: string;
  distance: number;
  null_share_before: number;
  null_share: number;
  new_categories?: {name: string; count: number}[];
  vanished_categories?: {name: string; count: number}[];
}
/** What `hubmill diff --json` prints of a split, and the drift of `hubmill stats --against`. */
interface Diff {
  rows_before: number;
  rows_now: number;
  same: number;
  added: number;
  removed: number;
  changed: number;
  key: string[];
  columns: {compared: string[]; added: Named[]; removed: Named[]; types_changed: Named[]; changed: Named[]};
  bad_rows?: {before: number; now: number};
  duplicate_keys?: {before: {keys: number; rows: number}; now: {keys: number; rows: number}};
  samples: {added: Sample[]; removed: Sample[]; changed: Sample[]};
  drift?: {columns: DriftColumn[]};
}

function Changes({diff}: {diff: Diff}) {
  const {duplicate_keys: twice, columns, samples, drift} = diff;
  const repeated = (twice?.before.keys ?? 0) + (twice?.now.keys ?? 0);
  return (
    <>
      <div class="panel"><Facts facts={[['Rows before', count(diff.rows_before)], ['Rows now', count(diff.rows_now)], ['The same', count(diff.same)], ['Added', count(diff.added)],
        ['Removed', count(diff.removed)], ['Changed', diff.key.length ? count(diff.changed) : ''], ['Keys that come more than once', repeated ? count(repeated) : ''],
        ['Lines that are no row, before and now', diff.bad_rows ? `${count(diff.bad_rows.before)}, ${count(diff.bad_rows.now)}` : '']]} /></div>
      {!diff.key.length && diff.added > 0 && diff.removed > 0 && <p class="quiet">Rows are compared whole. Name a key column above to see which changed.</p>}
      <h3>Columns</h3>
      <ColumnChanges columns={columns} />
      <Samples title="Changed rows" samples={samples.changed} pairs />
      <Samples title="Added rows" samples={samples.added} />
      <Samples title="Removed rows" samples={samples.removed} />
      {drift && drift.columns.length > 0 && <Drift columns={drift.columns} />}
    </>
  );
}

function ColumnChanges({columns}: {columns: Diff['columns']}) {
  const told: [string, string[]][] = [
    ['New', columns.added.map((column) => `${column.name} (${column.type})`)],
    ['Gone', columns.removed.map((column) => `${column.name} (${column.type})`)],
    ['Of another type', columns.types_changed.map((column) => `${column.name} (${column.type} → ${column.type_now})`)],
    ['Of other values', columns.changed.map((column) => `${column.name} (in ${words(column.rows ?? 0, 'row')})`)],
  ];
  const shown = told.filter(([, names]) => names.length > 0);
  if (shown.length === 0) return <p class="quiet">The same columns.</p>;
  return <Facts facts={shown.map(([title, names]) => [title, names.map((name) => <div key={name} class="data" dir="auto">{name}</div>)])} />;
}

function Samples({title, samples, pairs = false}: {title: string; samples: Sample[]; pairs?: boolean}) {
  if (samples.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3>{title} <small>the first {count(samples.length)}</small></h3>
      {samples.map((sample, at) => (
        <div class="panel" key={at}>
          <b>{[sample.row_before === null ? '' : `row ${sample.row_before} before`, sample.row_now === null ? '' : `row ${sample.row_now} now`].filter(Boolean).join(', ')}</b>
          {pairs ? changedIn(sample).map((name) => <Changed key={name} name={name} before={sample.before?.[name]} now={sample.now?.[name]} />)
            : <Whole cells={sample.now ?? sample.before ?? {}} />}
        </div>
      ))}
    </section>
  );
}

const changedIn = (sample: Sample): string[] => sample.columns ?? Object.keys(sample.now ?? {}).filter((name) => !same(sample.before?.[name], sample.now?.[name]));

function Changed({name, before, now}: {name: string; before?: Cell; now?: Cell}) {
  const [a, b] = textsOf(before && cellOf(before), now && cellOf(now));
  return <PairOf name={name} a={a} b={b} left="before" right="now" />;
}

function Whole({cells}: {cells: Fields}) {
  return <div class="tree"><Tree cell={cellsOf(cells)} depth={0} /></div>;
}

/** A row: no form itself, whatever its columns are called. */
const cellsOf = (cells: Fields): Fields => Object.fromEntries(Object.entries(cells).map(([name, cell]) => [name, cellOf(cell)]));

const DRIFT_SHOWN = 100;
const PRESENCE: Record<string, string> = {new: 'new', vanished: 'gone', other_kind: 'of another kind'};

function Drift({columns}: {columns: DriftColumn[]}) {
  const percent = (part: number) => `${(100 * part).toFixed(1)}%`;
  const names = (title: string, list: {name: string; count: number}[] | undefined) => (list?.length ? `${title}: ${list.map((one) => `${one.name} ${count(one.count)}`).join(', ')}` : '');
  return (
    <>
      <h3>Drift <small>how far the values of each column moved: 0 the same, 1 nothing in common</small></h3>
      <Wide label="Drift">
        <table class="list">
          <thead><tr><th scope="col">Column</th><th scope="col">Type</th><th scope="col" class="n">Distance</th><th scope="col" class="n">Empty before</th><th scope="col" class="n">Empty now</th><th scope="col">What</th></tr></thead>
          <tbody>{columns.slice(0, DRIFT_SHOWN).map((column) => (
            <tr key={column.column_name}><th scope="row" class="data" dir="auto">{column.column_name}</th><td>{column.column_type}</td>
              <td class="n">{number(Number(column.distance.toPrecision(3)))}</td><td class="n">{percent(column.null_share_before)}</td><td class="n">{percent(column.null_share)}</td>
              <td class="data" dir="auto">{[PRESENCE[column.presence] ?? '', names('new values', column.new_categories), names('gone', column.vanished_categories)].filter(Boolean).join('; ')}</td></tr>
          ))}</tbody>
        </table>
      </Wide>
      {columns.length > DRIFT_SHOWN && <p class="help">{count(columns.length - DRIFT_SHOWN)} more columns moved less.</p>}
    </>
  );
}
