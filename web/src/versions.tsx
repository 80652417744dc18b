// Versions of a data set, and what changed between two of them: columns, rows, and how far the values drifted.
import type {ComponentChildren} from 'preact';
import {Tree} from './cell';
import {PairOf} from './clusters';
import {textOf, type Cell, type Place, type SetDetail, type Version} from './data';
import {count, number} from './format';
import {Empty, ErrorBox, Facts, Loading, Wide} from './parts';
import {changeQuery} from './route';
import {useScan} from './scan';
import {ScanBar} from './search';

type Query = Record<string, string>;

export function Versions({set, place, query}: {set: SetDetail; place: Place; query: Query}) {
  const versions = set.versions;
  if (versions.length === 0) return <Empty>There is one version of this.</Empty>;
  const here = set.kind === 'run' ? set.id.slice(4) : versions.find((one) => one.commit === set.revision || one.refs.includes(query.revision ?? ''))?.commit ?? versions[0].commit;
  const from = query.from ?? '';
  return (
    <section aria-label="Versions">
      <Wide label="Versions">
        <table class="list">
          <thead><tr><th scope="col">Version</th><th scope="col">What</th><th scope="col">Names</th><th scope="col" /></tr></thead>
          <tbody>{versions.map((version) => (
            <tr key={version.commit} class={version.commit === from ? 'open' : ''}>
              <th scope="row" class="mono">{version.commit.slice(0, 8)}</th>
              <td class="data" dir="auto">{version.title}</td><td class="data" dir="auto">{version.refs.join(', ')}</td>
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

function Comparison({set, place, from, here, version, sortKey}:
    {set: SetDetail; place: Place; from: string; here: string; version?: Version; sortKey?: string}) {
  const sides = set.kind === 'run' ? {set: `run/${from}`, other: set.id} : {set: set.id, from, to: here};
  const scan = useScan<Diff>('/api/v1/data/diff', {config: place.config, split: place.split, key: sortKey, ...sides});
  const keyOf = (event: SubmitEvent) => {
    event.preventDefault();
    const names = (((event.currentTarget as HTMLFormElement).elements.namedItem('key') as HTMLInputElement).value).split(',').map((name) => name.trim()).filter(Boolean);
    changeQuery({key: names.length ? JSON.stringify(names) : undefined});
  };
  return (
    <section aria-label="What changed">
      <h2>From <span class="mono">{from.slice(0, 8)}</span> <small dir="auto">{version?.title}</small> to <span class="mono">{here.slice(0, 8)}</span></h2>
      <form class="filters" onSubmit={keyOf}>
        <label>Rows are the same where these columns are equal <input type="text" name="key" placeholder="all columns" defaultValue={keyNames(sortKey)} spellcheck={false} /></label>
        <button type="submit">Compare</button>
      </form>
      <ScanBar scan={scan} what="Comparing" />
      {scan.error && <ErrorBox error={scan.error} retry={scan.start} />}
      {scan.stopped && <p class="notice quiet" role="status">Cancelled. <button type="button" onClick={scan.start}>Compare again</button></p>}
      {!scan.end && scan.running && scan.rows === 0 && <Loading what="Comparing" />}
      {scan.end && <Changes diff={scan.end} />}
    </section>
  );
}

function keyNames(text: string | undefined): string {
  try {
    const names = JSON.parse(text ?? '[]') as unknown;
    return Array.isArray(names) ? names.join(', ') : '';
  } catch {
    return '';
  }
}

/** What `hubmill diff --json` prints. */
interface Diff {
  [name: string]: Cell | undefined;
}
type Fields = {[name: string]: Cell};

const fieldsOf = (cell: Cell | undefined): Fields => (cell !== null && typeof cell === 'object' && !Array.isArray(cell) ? cell : {});
const listOf = (cell: Cell | undefined): Cell[] => (Array.isArray(cell) ? cell : []);

const ROW_WORDS: [string, string][] = [['before', 'Rows before'], ['now', 'Rows now'], ['added', 'Added'], ['removed', 'Removed'], ['changed', 'Changed'], ['equal', 'Equal'], ['unchanged', 'Equal']];

function Changes({diff}: {diff: Diff}) {
  const rows = fieldsOf(diff.rows), columns = fieldsOf(diff.columns), drift = fieldsOf(diff.drift);
  const facts = ROW_WORDS.filter(([key]) => typeof rows[key] === 'number').map(([key, title]): [string, string] => [title, count(rows[key] as number)]);
  const samples = fieldsOf(diff.samples);
  return (
    <>
      <h3>Rows</h3>
      {facts.length > 0 ? <Facts facts={facts} /> : <Tree cell={rows} depth={0} />}
      <h3>Columns</h3>
      <ColumnChanges columns={columns} />
      <Samples samples={samples} />
      {listOf(drift.columns).length > 0 && <Drift columns={listOf(drift.columns).map(fieldsOf)} />}
      <details><summary>All of it</summary><div class="tree"><Tree cell={diff as Fields} depth={0} /></div></details>
    </>
  );
}

function ColumnChanges({columns}: {columns: Fields}) {
  const told: ComponentChildren[] = [];
  for (const [kind, title] of [['added', 'New'], ['removed', 'Gone'], ['changed', 'Of another type']]) {
    const names = listOf(columns[kind]);
    if (names.length > 0) told.push(<li key={kind}>{title}: <span class="data" dir="auto">{names.map(nameOfColumn).join(', ')}</span></li>);
  }
  return told.length ? <ul>{told}</ul> : <p class="quiet">The same columns.</p>;
}

function nameOfColumn(cell: Cell): string {
  const column = fieldsOf(cell);
  if (typeof column.name !== 'string') return textOf(cell);
  const types = [column.before ?? column.from, column.now ?? column.to].filter((type) => typeof type === 'string');
  return types.length === 2 ? `${column.name} (${types.join(' → ')})` : column.name;
}

function Samples({samples}: {samples: Fields}) {
  const changed = listOf(samples.changed).map(fieldsOf);
  return (
    <>
      {changed.length > 0 && <h3>Changed rows</h3>}
      {changed.map((row, at) => <ChangedRow key={at} row={row} />)}
      {[['added', 'Added rows'], ['removed', 'Removed rows']].map(([kind, title]) => {
        const rows = listOf(samples[kind]);
        return rows.length > 0 && <details key={kind}><summary>{title}</summary><div class="tree"><Tree cell={rows} depth={0} /></div></details>;
      })}
    </>
  );
}

function ChangedRow({row}: {row: Fields}) {
  const before = fieldsOf(row.before), now = fieldsOf(row.now ?? row.after);
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((name) => textOf(before[name]) !== textOf(now[name]));
  return (
    <div class="panel">
      <b class="data" dir="auto">{textOf(row.key)}</b>
      {names.map((name) => <PairOf key={name} name={name} a={textOf(before[name])} b={textOf(now[name])} left="before" right="now" />)}
    </div>
  );
}

function Drift({columns}: {columns: Fields[]}) {
  return (
    <>
      <h3>Drift <small>how far the values moved, from 0 (the same) to 1</small></h3>
      <Wide label="Drift">
        <table class="list">
          <thead><tr><th scope="col">Column</th><th scope="col">Type</th><th scope="col" class="n">Distance</th><th scope="col" class="n">Empty before</th><th scope="col" class="n">Empty now</th></tr></thead>
          <tbody>{columns.map((column, at) => (
            <tr key={at}><th scope="row" class="data" dir="auto">{textOf(column.column_name)}</th><td>{textOf(column.column_type)}</td>
              <td class="n">{numberOf(column.distance)}</td><td class="n">{percentOf(column.null_share_before)}</td><td class="n">{percentOf(column.null_share)}</td></tr>
          ))}</tbody>
        </table>
      </Wide>
    </>
  );
}

const numberOf = (cell: Cell | undefined): string => (typeof cell === 'number' ? number(Number(cell.toPrecision(3))) : textOf(cell));
const percentOf = (cell: Cell | undefined): string => (typeof cell === 'number' ? `${(100 * cell).toFixed(1)}%` : '');
