// Duplicates that `hubmill dedup --clusters` found: the clusters, and of one its rows side by side with what
// differs marked.
import {useState} from 'preact/hooks';
import {addressOf, ask, useJson, useLoad} from './api';
import type {Cell, SetDetail} from './data';
import {count, words} from './format';
import {Empty, Shown, Wide} from './parts';
import {changeQuery} from './route';
import {parseWhole, textsOf} from './special';
import {visible} from './visible';
import {wordDiff, type Piece} from './word_diff';

const PAGE = 50;
const DIFF_CHARS_MAX = 20000;  // Of a text that is compared; more would stop the page.

interface ClusterRow {
  id: string;
  kept: boolean;
  representative: string;
  estimated: number | null;
  exact: number | null;
  other?: boolean;
  cells: Record<string, Cell> | null;
}

export function Clusters({set, query}: {set: SetDetail; query: Record<string, string>}) {
  const path = set.clusters.includes(query.path) ? query.path : set.clusters[0];
  if (path === undefined) return <Empty>There is no table of duplicates here. <code>hubmill dedup --clusters</code> writes one.</Empty>;
  return (
    <>
      {set.clusters.length > 1 && <p class="filters"><label>Table <select value={path} onChange={(event) => changeQuery({path: event.currentTarget.value, cluster: undefined, offset: undefined})}>
        {set.clusters.map((one) => <option key={one}>{one}</option>)}</select></label></p>}
      {query.cluster !== undefined ? <Cluster set={set.id} revision={query.revision} path={path} cluster={query.cluster} other={query.with} />
        : <ClusterList set={set.id} revision={query.revision} path={path} offset={Number(query.offset) || 0} />}
    </>
  );
}

function ClusterList({set, revision, path, offset}: {set: string; revision?: string; path: string; offset: number}) {
  const list = useJson<{clusters_total: number; clusters: {cluster: string | number; size: number}[]}>(
    '/api/v1/data/clusters', {set, revision, path, offset, length: PAGE});
  return (
    <Shown from={list} what="Reading the clusters" show={({clusters_total: total, clusters}) => total === 0 ? <Empty>It found no duplicates.</Empty> : (
      <>
        <div class="pager">
          <button type="button" disabled={offset === 0} onClick={() => changeQuery({offset: Math.max(0, offset - PAGE) || undefined})}>Previous</button>
          <span role="status">{words(total, 'cluster')}, largest first</span>
          <button type="button" disabled={offset + PAGE >= total} onClick={() => changeQuery({offset: offset + PAGE})}>Next</button>
        </div>
        <Wide label="Clusters"><table class="list"><thead><tr><th scope="col">Cluster</th><th scope="col" class="n">Rows</th></tr></thead>
          <tbody>{clusters.map((one) => (
            <tr key={one.cluster}><th scope="row" class="data"><button type="button" class="text" dir="auto" onClick={() => changeQuery({cluster: one.cluster})}>{one.cluster}</button></th><td class="n">{count(one.size)}</td></tr>
          ))}</tbody></table></Wide>
      </>
    )} />
  );
}

function Cluster({set, revision, path, cluster, other}: {set: string; revision?: string; path: string; cluster: string; other?: string}) {
  const address = addressOf('/api/v1/data/cluster', {set, revision, path, cluster});
  const found = useLoad(address, async (signal) => parseWhole(await (await ask(address, {signal})).text()) as unknown as {rows: ClusterRow[]; rows_total?: number});
  return (
    <>
      <p><button type="button" onClick={() => changeQuery({cluster: undefined, with: undefined})}>All clusters</button></p>
      <Shown from={found} what="Reading the cluster" show={({rows, rows_total: total}) => {
        const chosen = rows.find((row) => row.id === other && standsFor(row) !== row.id) ?? rows.find((row) => standsFor(row) !== row.id);
        const representative = chosen && rows.find((row) => row.id === chosen.representative);
        return (
          <>
            <h2>{words(total ?? rows.length, 'row')} that are alike</h2>
            <p class="quiet">A row is named by its file and its number in it, counted from 1 (of JSON lines, the number of the line).</p>
            <Members rows={rows} chosen={chosen} />
            {chosen && (representative ? <Pair left={representative} right={chosen} />
              : <Empty>The row <span class="data" dir="auto">{chosen.representative}</span> is not among the rows shown here: nothing can be compared.</Empty>)}
          </>
        );
      }} />
    </>
  );
}

/** The id of the row that a row was compared with: a kept one stands for itself. */
const standsFor = (row: ClusterRow): string => (row.kept ? row.id : row.representative);

/** How alike a row is to the one that stands for it, its own: a cluster may have several. */
function Members({rows, chosen}: {rows: ClusterRow[]; chosen?: ClusterRow}) {
  return (
    <Wide label="Rows of the cluster"><table class="list">
      <thead><tr><th scope="col">Row</th><th scope="col">Kept</th><th scope="col">Like</th><th scope="col" class="n">Alike, estimated</th><th scope="col" class="n">Alike, exact</th><td /></tr></thead>
      <tbody>{rows.map((row) => {
        const own = standsFor(row) === row.id;
        return (
          <tr key={row.id} class={row === chosen ? 'open' : ''}><th scope="row" class="data" dir="auto">{row.id}</th>
            <td>{row.kept ? 'kept' : 'dropped'}{row.other ? ', of the other set' : ''}</td>
            <td class="data" dir="auto">{own ? '' : row.representative}</td>
            <td class="n">{own ? '' : percent(row.estimated)}</td><td class="n">{own ? '' : percent(row.exact)}</td>
            <td>{!own && <button type="button" class="text" aria-pressed={row === chosen} aria-label={`Compare ${row.id}`} onClick={() => changeQuery({with: row.id})}>compare</button>}</td></tr>
        );
      })}</tbody></table></Wide>
  );
}

const percent = (value: number | null): string => (value === null || value === undefined ? '' : `${(100 * value).toFixed(1)}%`);

/** Two rows, column by column; a column of equal values is told once. */
function Pair({left, right}: {left: ClusterRow; right: ClusterRow}) {
  const [all, setAll] = useState(false);
  const absent = [left, right].filter((row) => !row.cells);
  const which = absent.length === 2 ? 'The rows are' : <>The row <span class="data" dir="auto">{absent[0]?.id}</span> is</>;
  if (absent.length > 0) return <Empty>{which} not in this data set, or not for sure the same: nothing can be compared.</Empty>;
  const names = [...new Set([left, right].flatMap((row) => Object.keys(row.cells ?? {})))];
  const texts = names.map((name) => ({name, texts: textsOf(left.cells?.[name], right.cells?.[name])})).map(({name, texts: [a, b]}) => ({name, a, b}));
  const shown = texts.filter(({a, b}) => all || a !== b);
  return (
    <section aria-label="Side by side">
      <div class="head"><h2>Side by side</h2><label><input type="checkbox" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} /> Equal columns too</label></div>
      {shown.length === 0 && <Empty>All columns are equal.</Empty>}
      {shown.map(({name, a, b}) => <PairOf key={name} name={name} a={a} b={b} left={left.id} right={right.id} />)}
    </section>
  );
}

export function PairOf({name, a, b, left, right}: {name: string; a: string; b: string; left: string; right: string}) {
  const cut = a.length > DIFF_CHARS_MAX || b.length > DIFF_CHARS_MAX;
  const [one, two] = wordDiff(a.slice(0, DIFF_CHARS_MAX), b.slice(0, DIFF_CHARS_MAX));
  return (
    <>
      <h3 class="data" dir="auto">{visible(name)}{a === b && <small> equal</small>}</h3>
      <div class="side">
        <figure><figcaption class="data" dir="auto">{left}</figcaption><Pieces pieces={one} mark="del" /></figure>
        <figure><figcaption class="data" dir="auto">{right}</figcaption><Pieces pieces={two} mark="ins" /></figure>
      </div>
      {cut && <p class="help">The first {count(DIFF_CHARS_MAX)} characters are compared.</p>}
    </>
  );
}

function Pieces({pieces, mark: Mark}: {pieces: Piece[]; mark: 'del' | 'ins'}) {
  return <pre class="data block" dir="auto" tabIndex={0}>{pieces.map((piece, at) => piece.changed ? <Mark key={at}>{visible(piece.text)}</Mark> : visible(piece.text))}</pre>;
}
